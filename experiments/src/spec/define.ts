/**
 * @file How an experiment is written down: `defineExperiment` and the axes, all of them plain data.
 *
 * Nothing is checked or computed here, so that a spec can be read by any tool; `definition.ts` refuses what is wrong,
 * `axes.ts` unfolds, `cells.ts` resolves. A spec imports this as `@sdtt/experiments`.
 */
import type { pretrain, round } from "@sdtt/distill/commands";
import type { curve, lambada } from "@sdtt/eval/commands";
import type { z } from "zod";
import type { commandOptions } from "../external/options.js";
import type { Limits, Result, Stopping } from "./judged.js";

export type { Limits, Result, Stopping };

/** Options that the runner gives to stages itself. */
type Placed =
  | ("name" | "experiment" | "root" | "data" | "dryRun" | "gflops" | "json" | "threads")
  | ("rounds" | "until" | "evaluate" | "evaluator" | "checkpoint");

type Options<C extends { options: z.ZodObject }> = Omit<z.input<C["options"]>, Placed>;

/** What a curve or the last words are taken of. */
export type Subject = "teacher" | "each-round" | "last-round";

export interface Base {
  readonly pretrain?: Options<typeof pretrain>;
  /** A program of another's, which leaves a checkpoint: a model to distil from, or to evaluate. `seed` is {seed}. */
  readonly command?: Omit<z.input<typeof commandOptions>, "seed">;
  /** `count`: how many rounds. Round 1's teacher is `pretrain`'s, else `teacher`, else the embedded one. */
  readonly rounds?: Omit<Options<typeof round>, "size" | "beside" | "steps" | "samples" | "judge"> & {
    readonly count?: number;
  };
  /** `checkpoint`: what the curve is of where nothing is trained: a folder, or `teacher` or `round-N` of those that ship. */
  readonly curve?: Omit<Options<typeof curve>, "size" | "teacher" | "tokenizer"> & {
    readonly of?: readonly Subject[];
    readonly checkpoint?: string;
  };
  readonly lambada?: Omit<Options<typeof lambada>, "size" | "tokenizer"> & { readonly of?: readonly Subject[] };
}

export const stageNames = ["pretrain", "command", "rounds", "curve", "lambada"] as const;
export type StageName = (typeof stageNames)[number];

/** Where a value of an axis goes: `rounds.divergence`. */
export type Path =
  | { [S in StageName]: `${S}.${Extract<keyof NonNullable<Base[S]>, string>}` }[StageName]
  // A value of the stage command may have any name.
  | `command.${string}`;
type ValueAt<P extends Path> = P extends `command.${string}`
  ? Value
  : P extends `${infer S extends StageName}.${infer K}`
    ? K extends keyof NonNullable<Base[S]>
      ? Exclude<NonNullable<Base[S]>[K], undefined>
      : never
    : never;

export type Value = string | number | boolean | readonly (string | number)[];

export type Axis =
  | { readonly kind: "list"; readonly path: string; readonly values: readonly Value[] }
  | { readonly kind: "range"; readonly path: string; readonly from: number; readonly to: number; readonly step: number }
  | {
      readonly kind: "log-range";
      readonly path: string;
      readonly from: number;
      readonly to: number;
      readonly count: number;
    }
  | { readonly kind: "zip"; readonly axes: readonly Axis[] }
  | { readonly kind: "grid"; readonly axes: readonly Axis[] }
  | {
      readonly kind: "random";
      readonly draws: Readonly<Record<string, Draw>>;
      readonly count: number;
      readonly seed: number;
    }
  | { readonly kind: "when"; readonly where: Readonly<Record<string, Value | readonly Value[]>>; readonly axis: Axis };

/** One of these values, or a number between two: uniform, or uniform in its logarithm. */
export type Draw =
  | { readonly values: readonly Value[] }
  | { readonly from: number; readonly to: number; readonly scale?: "linear" | "log"; readonly whole?: boolean };

/** Each of these values. */
export const list = <P extends Path>(path: P, values: readonly ValueAt<P>[]): Axis => {
  return { kind: "list", path, values: values as readonly Value[] };
};

/** from, from + step, … up to `to`, both ends included. */
export const range = (path: Path, ends: { from: number; to: number; step: number }): Axis => {
  return { kind: "range", path, ...ends };
};

/** `count` numbers from `from` to `to` with equal ratios. */
export const logRange = (path: Path, ends: { from: number; to: number; count: number }): Axis => {
  return { kind: "log-range", path, ...ends };
};

/** Axes of equal length, taken together: first with first, second with second. */
export const zip = (...axes: readonly Axis[]): Axis => ({ kind: "zip", axes });

/** Every combination. The axes of an experiment are a grid already; this is for use inside of others. */
export const grid = (...axes: readonly Axis[]): Axis => ({ kind: "grid", axes });

/** `count` points, each path drawn on its own; the same seed gives the same points, and more of them keep the first. */
export const random = (draws: Partial<Record<Path, Draw>>, options: { count: number; seed: number }): Axis => {
  return { kind: "random", draws: draws as Record<string, Draw>, ...options };
};

/** An axis only for those cells whose earlier axes (or base) have one of these values; the others are not multiplied. */
export const when = (where: Partial<Record<Path, Value | readonly Value[]>>, axis: Axis): Axis => {
  return { kind: "when", where: where as Record<string, Value>, axis };
};

export interface Experiment {
  readonly name: string;
  /** In words, as one would ask it. */
  readonly question: string;
  readonly stages: readonly StageName[];
  readonly base?: Base;
  readonly axes?: readonly Axis[];
  /** Of rounds and evaluations; of pre-training where there are no rounds. */
  readonly seeds?: readonly number[];
  readonly result: Result;
  readonly limits?: Limits;
  readonly stopping?: Stopping;
}

export interface SpecContext {
  /** Flag --size: embedded unless given. */
  readonly size: string;
}

export type Spec = Experiment | ((context: SpecContext) => Experiment);

/** Gives a definition its types. A function of the context is for studies that exist at several sizes. */
export const defineExperiment = (spec: Spec): Spec => spec;

/**
 * @file Cells and stages as they are frozen at submission: plain data that says all a stage needs to run.
 *
 * A stage is known by what it makes (options, what it starts from, the content of what it reads), not by who asked: two
 * cells with the same first rounds share them, and so do two sweeps under one root.
 */
import type { Definition } from "../spec/definition.js";
import type { Options, StageKind } from "./kinds.js";

/** A checkpoint: a folder that was there at submission, or what a stage of the sweep will have made. */
export type Source =
  | { readonly folder: string }
  | { readonly stage: string; readonly run: string; readonly name: string; readonly round: number };

export interface FrozenStage {
  readonly key: string;
  readonly kind: StageKind;
  /** All of the command's options but those that say where it runs. */
  readonly options: Options;
  /** Keys of the stages that must be done before. */
  readonly needs: readonly string[];
  /** Folder that is the command's --root; the rounds of one run share theirs. */
  readonly run: string;
  /** The run's --name. */
  readonly name: string;
  /** The round that is made or evaluated. */
  readonly round: number;
  /** Of round 1 the teacher, of an evaluation its subject. */
  readonly from?: Source;
  readonly weights?: "raw" | "ema";
  /** Folder of the prepared text, shared by all who read the same. */
  readonly data?: string;
  readonly assets: Options;
  readonly cost: { readonly flops: number; readonly memoryBytes: number };
}

export interface FrozenCell {
  readonly key: string;
  /** Axes and seed, as in `divergence=reverse-kl substeps=2 seed=1`. */
  readonly label: string;
  readonly values: Options;
  readonly seed: number;
  /** In the order in which they can run. */
  readonly stages: readonly string[];
  /** The evaluation that holds the result's figure. */
  readonly result: string | undefined;
  /** Evaluations of the teacher's temperatures that a gain is read off; left out: the result is none. */
  readonly control?: readonly string[];
  /** The same of each round, where rounds are evaluated: what early stopping looks at. */
  readonly byRound: Readonly<Record<number, string>>;
}

export interface Manifest {
  readonly format: 1;
  readonly spec: { readonly path: string; readonly text: string };
  readonly definition: Definition;
  readonly commit: string;
  readonly dirty: boolean;
  /** SHA-256 of the difference to the commit, kept beside the manifest; empty where there is none. */
  readonly diff: string;
  readonly stages: readonly FrozenStage[];
  readonly cells: readonly FrozenCell[];
}

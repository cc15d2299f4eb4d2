/**
 * @file What a stage `command` is: any program, what it is given, and what it must leave behind.
 *
 * `{names}` in `run` and `environment` stand for values: those of the stage (`values`, and axes such as `command.lr`), and what
 * the runner knows: {out} {seed} {threads} {attempt} {nodes} {processes} {master} {port}.
 */
import { userError } from "@sdtt/core/base";
import { ownName, publishedNames } from "@sdtt/core/checkpoint";
import { presetNames } from "@sdtt/core/model";
import { z } from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
export type Values = Readonly<Record<string, string | number | boolean>>;

/** What a definition says of the stage. */
export const commandOptions = z.object({
  run: z.array(z.string()).min(1).describe("program and arguments, no shell; {names} stand for values"),
  environment: z.record(z.string(), z.string()).default({}).describe("environment beside the runner's own"),
  values: z.record(z.string(), scalar).default({}).describe("values by name, for run and environment"),
  checkpoint: z.string().default("checkpoint").describe("folder below {out} that it must leave: a checkpoint"),
  format: z
    .enum(["auto", ...publishedNames, ownName])
    .default("auto")
    .describe("what that is written in"),
  tokenizer: z.string().optional().describe("tokenizer.json, or its folder; default: the one beside the checkpoint"),
  reads: z
    .array(z.string())
    .default([])
    .describe("files and folders that it reads: the stage is known by their content"),
  size: z.enum(presetNames).default("embedded").describe("size of the model that plans reckon with"),
  nodes: z.int().positive().default(1).describe("nodes; on this machine their processes run together"),
  processes: z.int().positive().default(1).describe("processes on each node, as {processes}"),
  cards: z.int().nonnegative().default(0).describe("graphics cards of each node (Slurm: --gres=gpu:N)"),
  minutes: z.int().positive().optional().describe("time that it needs in one go (Slurm: --time)"),
  memoryMiB: z.number().positive().optional().describe("memory of a node"),
  seed: z.int().nonnegative().optional().describe("seed, as {seed}"),
});

/** Names that the runner gives a value to. */
const givenNames = ["out", "seed", "threads", "attempt", "nodes", "processes", "master", "port"] as const;

const name = /\{([A-Za-z]\w*)\}/g;

/** The names that a text asks for. */
export const namesIn = (text: string): string[] => [...text.matchAll(name)].map(([, found]) => found as string);

/** `text` with values in the place of names. Names without a value stay as they are: JSON has braces too. */
export const filled = (text: string, values: Values): string =>
  text.replace(name, (whole, asked: string) => (asked in values ? String(values[asked]) : whole));

type Asking = { readonly run: readonly string[]; readonly environment: Readonly<Record<string, string>> };

export const askedFor = ({ run, environment }: Asking): ReadonlySet<string> =>
  new Set([...run, ...Object.values(environment)].flatMap(namesIn));

/** Throws   UserError for a value that nothing asks for, and for one that would hide the runner's own */
export function checkValues(where: string, options: Asking & { readonly values: Values }): void {
  const asked = askedFor(options);
  for (const given of Object.keys(options.values)) {
    const hides = (givenNames as readonly string[]).includes(given);
    if (hides) throw userError(where, "command's values must not be the runner's own", given, "Rename it.");
    if (asked.has(given)) continue;
    const remedy = `Write {${given}} where it belongs, or take it out.`;
    throw userError(where, "command's values must be used in run or environment", given, remedy);
  }
}

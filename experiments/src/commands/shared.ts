/** @file Options that the commands about sweeps have in common. */
import { rootFolder } from "@sdtt/core/cli";
import { presetNames } from "@sdtt/core/model";
import { z } from "zod";

export const root = z
  .string()
  .default(() => rootFolder())
  .describe("folder of sweeps, runs, data and the store");
export const spec = z.string().describe("the definition, a file named *.experiment.ts");
export const size = z.enum(presetNames).default("embedded").describe("size of studies that exist at several");
export const sweep = z.string().optional().describe("name of the sweep; default: the only one under the root");
export const threads = z
  .int()
  .positive()
  .optional()
  .describe("threads of a stage; default: the definition's, else all of the machine");
export const order = z
  .enum(["definition", "informative"])
  .default("definition")
  .describe("which cells come first; informative: those whose results the others say least about");
export const json = z.boolean().default(false).describe("print JSON");

export const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** What a command that is printed needs, where the root is not the usual one. */
export const rootFlag = (given: string): string => (given === rootFolder() ? "" : ` --root=${given}`);

/**
 * @file `default`: five rounds by three seeds from the embedded teacher, the temperature control, and the report.
 *
 * Every stage is resumable and every cell is known to the store, so that running it again does what is missing.
 */
import { join } from "node:path";
import { assetPath, defineCommand } from "@sdtt/core";
import { openStore } from "@sdtt/core/store";
import { roundFolder, storePath } from "@sdtt/distill";
import { z } from "zod";
import { writeReport } from "./report.js";
import { repository, runChains, type Stage } from "./stages.js";

export const experimentName = "default";

const options = z.object({
  rounds: z.int().positive().default(5).describe("rounds of each seed"),
  seeds: z.array(z.int().nonnegative()).min(1).default([1, 2, 3]).describe("seeds, as in 1,2,3"),
  updates: z.int().positive().default(250).describe("updates of a round"),
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16, 32, 64, 128]).describe("step counts, as in 4,8,16"),
  samples: z.int().min(2).default(64).describe("samples of each cell"),
  temperatures: z
    .array(z.number().positive())
    .default([0.9, 0.8, 0.7])
    .describe("temperatures of the teacher in the control at matched entropy"),
  workers: z.int().positive().default(2).describe("processes at a time, one thread each"),
  reportOnly: z.boolean().default(false).describe("write the report from what the store has"),
  root: z.string().default(".sdtt/default").describe("folder of the runs and the store"),
  out: z.string().default(join(repository, "experiments")).describe("folder of README.md and the plot"),
});

type Options = z.output<typeof options>;

const runName = (seed: number) => `seed-${seed}`;

function shared({ root }: Options): string[] {
  return [`--experiment=${experimentName}`, "--threads=1", `--root=${root}`];
}

function curveStage(o: Options, checkpoint: string, name: string, seed: number, temperature = 1): Stage {
  const sizes = [`--steps=${o.steps.join(",")}`, `--samples=${o.samples}`];
  const subject = [`--checkpoint=${checkpoint}`, "--teacher=none", `--name=${name}`];
  const draw = [`--seed=${seed}`, `--temperature=${temperature}`];
  return { program: "eval", args: ["curve", ...subject, ...draw, ...sizes, ...shared(o)] };
}

function lastWordStage(o: Options, checkpoint: string, name: string): Stage {
  return { program: "eval", args: ["lambada", `--checkpoint=${checkpoint}`, `--name=${name}`, ...shared(o)] };
}

/** A seed's rounds, then their evaluations; the teacher's cells under the same seeds in chains of their own. */
export function stagesOf(o: Options): Stage[][] {
  const students = o.seeds.map((seed): Stage[] => {
    const size = [`--rounds=${o.rounds}`, `--updates=${o.updates}`];
    const rounds: Stage = {
      program: "distill",
      args: ["round", ...size, `--name=${runName(seed)}`, `--seed=${seed}`, "--no-evaluate", ...shared(o)],
    };
    const folders = Array.from({ length: o.rounds }, (_, i) => roundFolder(o.root, runName(seed), i + 1));
    return [
      rounds,
      ...folders.map((folder) => curveStage(o, folder, runName(seed), seed)),
      ...folders.map((folder) => lastWordStage(o, folder, runName(seed))),
    ];
  });
  const teacher = assetPath("teacher");
  const controls = o.seeds.map((seed) =>
    [1, ...o.temperatures].map((temperature) => curveStage(o, teacher, "teacher", seed, temperature)),
  );
  const levels: Stage = { program: "eval", args: ["reference", `--samples=${o.samples}`, ...shared(o)] };
  const baselines = [levels, lastWordStage(o, teacher, "teacher"), lastWordStage(o, assetPath("ar"), "ar")];
  return [...students, ...controls, baselines];
}

export const defaultExperiment = defineCommand({
  name: "default",
  summary: "five rounds by three seeds, the temperature control, and experiments/README.md",
  options,
  async run(o) {
    if (!o.reportOnly) await runChains(stagesOf(o), o.workers);
    const store = openStore(storePath(o.root), { readonly: true });
    try {
      process.stdout.write(`${writeReport(store, experimentName, o.out)}\n`);
    } finally {
      store.close();
    }
  },
});

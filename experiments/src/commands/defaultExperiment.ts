/**
 * @file `default`: five rounds by three seeds from the embedded teacher, the temperature control, and the report.
 *
 * Every stage is resumable and every cell is known to the store, so that running it again does what is missing.
 */
import { join } from "node:path";
import { availableThreads } from "@sdtt/core/base";
import { defineCommand, rootFolder } from "@sdtt/core/cli";
import { openStore } from "@sdtt/core/store";
import { assetPath } from "@sdtt/core/workspace";
import { roundFolder, storePath } from "@sdtt/distill/runs";
import { z } from "zod";
import { writeReport } from "../default/report.js";
import { runChains, type Stage } from "../default/stages.js";
import { repository } from "../programs.js";

const experimentName = "default";

const options = z.object({
  rounds: z.int().positive().default(5).describe("rounds of each seed"),
  seeds: z.array(z.int().nonnegative()).min(1).default([1, 2, 3]).describe("seeds, as in 1,2,3"),
  updates: z.int().positive().default(250).describe("updates of a round"),
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16, 32, 64, 128]).describe("step counts, as in 4,8,16"),
  samples: z.int().min(2).optional().describe("samples of each cell; default: as many as curve takes"),
  temperatures: z
    .array(z.number().positive())
    .default([0.9, 0.8])
    .describe("temperatures of the teacher in the control at matched entropy"),
  workers: z.int().positive().default(1).describe("processes at a time; one with all threads is the fastest"),
  reportOnly: z.boolean().default(false).describe("write the report from what the store has"),
  root: z
    .string()
    .default(() => rootFolder("default"))
    .describe("folder of the runs and the store"),
  out: z.string().default(join(repository, "experiments")).describe("folder of README.md and the plot"),
});

type Options = z.output<typeof options>;

const runName = (seed: number) => `seed-${seed}`;

function shared({ root, workers }: Options): string[] {
  const threads = Math.max(1, Math.floor(availableThreads() / workers));
  return [`--experiment=${experimentName}`, `--threads=${threads}`, `--root=${root}`];
}

interface Evaluated {
  readonly checkpoint: string;
  readonly weights: "raw" | "ema";
  readonly name: string;
}

const subjectOf = ({ checkpoint, weights, name }: Evaluated): string[] => [
  `--checkpoint=${checkpoint}`,
  `--weights=${weights}`,
  `--name=${name}`,
];

function curveStage(o: Options, of: Evaluated, seed: number, temperature = 1): Stage {
  const sizes = [`--steps=${o.steps.join(",")}`, ...(o.samples ? [`--samples=${o.samples}`] : [])];
  const subject = [...subjectOf(of), "--teacher=none"];
  const draw = [`--seed=${seed}`, `--temperature=${temperature}`];
  return { program: "eval", args: ["curve", ...subject, ...draw, ...sizes, ...shared(o)] };
}

function lastWordStage(o: Options, of: Evaluated): Stage {
  return { program: "eval", args: ["lambada", ...subjectOf(of), ...shared(o)] };
}

function roundsStage(o: Options, seed: number): Stage {
  const size = [`--until=${o.rounds}`, `--updates=${o.updates}`];
  const run = [`--name=${runName(seed)}`, `--seed=${seed}`, "--no-evaluate"];
  return { program: "distill", args: ["round", ...size, ...run, ...shared(o)] };
}

/** A seed's rounds, then their evaluations; the teacher's cells under the same seeds in chains of their own. */
export function stagesOf(o: Options): Stage[][] {
  const students = o.seeds.map((seed): Stage[] => {
    const name = runName(seed);
    const rounds = Array.from({ length: o.rounds }, (_, i): Evaluated => {
      return { checkpoint: roundFolder(o.root, name, i + 1), weights: "ema", name };
    });
    const curves = rounds.map((one) => curveStage(o, one, seed));
    return [roundsStage(o, seed), ...curves, ...rounds.map((one) => lastWordStage(o, one))];
  });
  const teacher: Evaluated = { checkpoint: assetPath("teacher"), weights: "raw", name: "teacher" };
  const controls = o.seeds.map((seed) =>
    [1, ...o.temperatures].map((temperature) => curveStage(o, teacher, seed, temperature)),
  );
  const samples = o.samples ? [`--samples=${o.samples}`] : [];
  const levels: Stage = { program: "eval", args: ["reference", ...samples, ...shared(o)] };
  const baseline: Evaluated = { checkpoint: assetPath("ar"), weights: "raw", name: "ar" };
  return [...students, ...controls, [levels, lastWordStage(o, teacher), lastWordStage(o, baseline)]];
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

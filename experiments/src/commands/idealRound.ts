/**
 * @file `ideal-round`: how far one round could go, for each Δ and m, before any update is spent on it.
 *
 * Samples from the student that a round comes to towards its optimum (the mean of some of the teacher's targets, drawn anew at
 * each question) and judges them like any other, beside the teacher and the teacher with a temperature. A mean of few draws is
 * short of the optimum by about 1/draws: on laws that can be listed 8 draws have 81 to 83 % of its sharpening, 32 have 94 to 96 %,
 * so that what is printed is no bound.
 */
import { startProgress } from "@sdtt/core/base";
import { weightsChoices } from "@sdtt/core/checkpoint";
import { alignTable, defineCommand, rootFolder } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { type Denoiser, openDenoiser } from "@sdtt/core/sampler";
import { formatWithError } from "@sdtt/core/statistics";
import { tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { klNames } from "@sdtt/distill/method";
import { openJudge } from "@sdtt/eval/judge";
import { genPpl, meanSampleEntropy } from "@sdtt/eval/metrics";
import { openCheckpoint } from "@sdtt/eval/record";
import { drawSamples } from "@sdtt/eval/samples";
import { z } from "zod";
import { idealStudent } from "../studies/idealStudent.js";

const definition = "gen-ppl-retokenised@1";

const options = z.object({
  teacher: z.string().optional().describe("checkpoint folder of the teacher; default: the embedded one"),
  weights: z.enum(weightsChoices).default("student").describe("which weights of it; student: its own choice"),
  initialSteps: z.array(z.int().positive()).min(1).default([32, 8]).describe("1/Δ of the rounds, as in 32,8"),
  substeps: z.array(z.int().min(2)).min(1).default([2, 4]).describe("m of the rounds, as in 2,4"),
  divergence: z.enum(klNames).default("reverse-kl").describe("what the student would minimise"),
  draws: z.int().positive().default(8).describe("targets averaged at each question; the optimum is the mean of all"),
  temperatures: z.array(z.number().positive()).default([1, 0.9, 0.8]).describe("of the teacher beside it"),
  steps: z.array(z.int().positive()).min(1).default([4]).describe("step counts, as in 4,8"),
  samples: z.int().min(2).default(64).describe("samples a cell"),
  sequences: z.int().positive().default(16).describe("sequences sampled at once"),
  judge: z.string().optional().describe("folder of the judge; default: the embedded one"),
  seed: z.int().nonnegative().default(1).describe("seed of samples and draws"),
  ...engineFlags,
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder where tokenizers are looked for"),
});

type Options = z.output<typeof options>;

interface Row {
  readonly label: string;
  readonly denoiser: Denoiser;
  readonly temperature: number;
  /** Teacher passes that one question costs. */
  readonly cost: number;
}

/** The teacher at each temperature, then every round that fits into unit time. */
function rowsOf(o: Options, teacher: Denoiser): Row[] {
  const controls = o.temperatures.map((temperature) => {
    return { label: `teacher, τ = ${temperature}`, denoiser: teacher, temperature, cost: 1 };
  });
  const rounds = o.initialSteps.flatMap((initial) =>
    o.substeps.filter((m) => m <= initial).map((m) => ({ initial, m })),
  );
  const { divergence, draws, seed } = o;
  const ideal = rounds.map(({ initial, m }) => {
    const target = { dt: 1 / initial, substeps: m, grid: "paper" } as const;
    const denoiser = idealStudent(teacher, { ...target, divergence, draws, seed });
    return { label: `Δ = 1/${initial}, m = ${m}`, denoiser, temperature: 1, cost: m * draws };
  });
  return [...controls, ...ideal];
}

export const idealRound = defineCommand({
  name: "ideal-round",
  summary: "how far one round could go, by Δ and m, without training",
  options,
  async run(o) {
    const checkpoint = openCheckpoint(o.teacher ?? assetPath("teacher"), o.weights);
    const tokenizer = tokenizerOf(checkpoint, { root: o.root });
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge);
    const teacher = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
    const rows = rowsOf(o, teacher);
    const batches = Math.ceil(o.samples / o.sequences);
    const passes = o.steps.reduce((sum, steps) => sum + steps * batches, 0);
    const total = rows.reduce((sum, { cost }) => sum + cost * passes, 0);
    const progress = startProgress({ label: "ideal rounds", total, unit: "passes" });
    const lines: string[][] = [[`${definition} / entropy at steps`, ...o.steps.map(String)]];
    let done = 0;
    for (const { label, denoiser, temperature, cost } of rows) {
      const cells: string[] = [];
      for (const steps of o.steps) {
        const onStep = () => {
          done += cost;
          progress.update(done, label);
        };
        const set = await drawSamples(denoiser, steps, { ...o, temperature }, { onStep });
        const figure = await genPpl(definition, set.ids, tokenizer, judge);
        cells.push(`${formatWithError(figure)} / ${meanSampleEntropy(set.ids).value.toFixed(3)}`);
      }
      lines.push([label, ...cells]);
    }
    progress.done();
    judge.dispose();
    teacher.dispose();
    const terms = `${o.divergence}, ${o.draws} draws, ${o.samples} samples a cell, seed ${o.seed}`;
    process.stdout.write(`\nteacher ${checkpoint.hash.slice(0, 12)}, judge ${judge.hash.slice(0, 12)}; ${terms}\n`);
    const short = `(means of ${o.draws} targets: short of a round's optimum by about 1/${o.draws}, and no bound; gen-PPL is no verdict: compare at one entropy)`;
    process.stdout.write(`${alignTable(lines)}\n${short}\n`);
  },
});

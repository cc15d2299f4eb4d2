/**
 * @file `ideal-round`: how far one round could go, for each Δ and m, before any update is spent on it.
 *
 * Samples from the student that a round comes to towards its optimum (the mean of some of the teacher's targets, drawn anew at
 * each question) and judges them like any other, beside the teacher and the teacher with a temperature. A mean of few draws is
 * short of the optimum by about 1/draws, so that the round's row is extrapolated from two: `draws` of them and twice as many.
 */
import { startProgress } from "@sdtt/core/base";
import { weightsChoices } from "@sdtt/core/checkpoint";
import { alignTable, defineCommand, rootFolder } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { type Denoiser, openDenoiser } from "@sdtt/core/sampler";
import { type Estimated, formatWithError } from "@sdtt/core/statistics";
import { type Tokenizer, tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { klNames } from "@sdtt/distill/method";
import { type Judge, openJudge } from "@sdtt/eval/judge";
import { genPpl, meanSampleEntropy } from "@sdtt/eval/metrics";
import { openCheckpoint } from "@sdtt/eval/record";
import { drawSamples } from "@sdtt/eval/samples";
import { z } from "zod";
import { extrapolated, idealStudent } from "../studies/idealStudent.js";

const definition = "gen-ppl-retokenised@1";

const options = z.object({
  teacher: z.string().optional().describe("checkpoint folder of the teacher; default: the embedded one"),
  weights: z.enum(weightsChoices).default("student").describe("which weights of it; student: its own choice"),
  initialSteps: z.array(z.int().positive()).min(1).default([32, 8]).describe("1/Δ of the rounds, as in 32,8"),
  substeps: z.array(z.int().min(2)).min(1).default([2, 4]).describe("m of the rounds, as in 2,4"),
  divergence: z.enum(klNames).default("reverse-kl").describe("what the student would minimise"),
  draws: z
    .int()
    .positive()
    .default(8)
    .describe("targets averaged at each question, and twice as many, to extrapolate to all"),
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

interface Model {
  readonly denoiser: Denoiser;
  readonly temperature: number;
  /** Teacher passes that one question costs. */
  readonly cost: number;
}

interface Row {
  readonly label: string;
  /** One, or a student of some draws and one of twice as many. */
  readonly models: readonly [Model] | readonly [few: Model, many: Model];
}

/** The teacher at each temperature, then every round that fits into unit time. */
function rowsOf(o: Options, teacher: Denoiser): Row[] {
  const controls = o.temperatures.map((temperature): Row => {
    return { label: `teacher, τ = ${temperature}`, models: [{ denoiser: teacher, temperature, cost: 1 }] };
  });
  const rounds = o.initialSteps.flatMap((initial) =>
    o.substeps.filter((m) => m <= initial).map((m) => ({ initial, m })),
  );
  const ideal = rounds.map(({ initial, m }): Row => {
    const target = { dt: 1 / initial, substeps: m, grid: "paper", divergence: o.divergence, seed: o.seed } as const;
    const of = (draws: number): Model => {
      return { denoiser: idealStudent(teacher, { ...target, draws }), temperature: 1, cost: m * draws };
    };
    return { label: `Δ = 1/${initial}, m = ${m}`, models: [of(o.draws), of(2 * o.draws)] };
  });
  return [...controls, ...ideal];
}

interface Measured {
  readonly genPpl: Estimated;
  readonly entropy: Estimated;
}

const written = ({ genPpl: figure, entropy }: Measured): string =>
  `${formatWithError(figure)} / ${entropy.value.toFixed(3)}`;

/** A row's lines: of a round what each number of draws gives, and what follows for all of them. */
function linesOf(
  { label, models }: Row,
  draws: number,
  measured: readonly (readonly [Measured, Measured?])[],
): string[][] {
  if (models.length === 1) return [[label, ...measured.map(([only]) => written(only))]];
  const all = measured.map(([few, many = few]): Measured => {
    return {
      genPpl: extrapolated("log", few.genPpl, many.genPpl),
      entropy: extrapolated("linear", few.entropy, many.entropy),
    };
  });
  return [
    [`${label}, all draws`, ...all.map(written)],
    [`  of ${draws} draws`, ...measured.map(([few]) => written(few))],
    [`  of ${2 * draws} draws`, ...measured.map(([few, many = few]) => written(many))],
  ];
}

interface Judging {
  readonly options: Options;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
  /** After a step of `cost` passes. */
  readonly onPasses: (cost: number) => void;
}

async function measure({ denoiser, temperature, cost }: Model, steps: number, j: Judging): Promise<Measured> {
  const onStep = () => j.onPasses(cost);
  const { ids } = await drawSamples(denoiser, steps, { ...j.options, temperature }, { onStep });
  return { genPpl: await genPpl(definition, ids, j.tokenizer, j.judge), entropy: meanSampleEntropy(ids) };
}

async function measureRow({ models }: Row, o: Options, judging: Judging): Promise<[Measured, Measured?][]> {
  const cells: [Measured, Measured?][] = [];
  for (const steps of o.steps) {
    const [first, second] = models;
    const few = await measure(first, steps, judging);
    cells.push(second ? [few, await measure(second, steps, judging)] : [few]);
  }
  return cells;
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
    const questions = o.steps.reduce((sum, steps) => sum + steps * Math.ceil(o.samples / o.sequences), 0);
    const costs = rows.flatMap(({ models }) => models.map(({ cost }) => cost));
    const total = questions * costs.reduce((sum, cost) => sum + cost, 0);
    const progress = startProgress({ label: "ideal rounds", total, unit: "passes" });
    const lines: string[][] = [[`${definition} / entropy at steps`, ...o.steps.map(String)]];
    let done = 0;
    for (const row of rows) {
      const onPasses = (cost: number) => {
        done += cost;
        progress.update(done, row.label);
      };
      const measured = await measureRow(row, o, { options: o, tokenizer, judge, onPasses });
      lines.push(...linesOf(row, o.draws, measured));
    }
    progress.done();
    judge.dispose();
    teacher.dispose();
    const terms = `${o.divergence}, ${o.samples} samples a cell, seed ${o.seed}`;
    process.stdout.write(`\nteacher ${checkpoint.hash.slice(0, 12)}, judge ${judge.hash.slice(0, 12)}; ${terms}\n`);
    process.stdout.write(`${alignTable(lines)}\n(${explained})\n`);
  },
});

const explained =
  "all draws: extrapolated from the two lines beneath it, with their errors; gen-PPL is no verdict: compare at one entropy";

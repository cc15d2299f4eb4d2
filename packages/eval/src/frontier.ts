/**
 * @file `frontier`: gen-PPL against entropy over temperatures, student beside teacher, and the gain at matched entropy.
 *
 * What a temperature does is no gain: a student counts as better only where it is better than a teacher of its entropy.
 */
import {
  alignTable,
  assetPath,
  defineCommand,
  type Engine,
  engineFlags,
  openEngine,
  randomStream,
  samplerChoices,
  startProgress,
  userError,
} from "@sdtt/core";
import { z } from "zod";
import { type CellSettings, definitionsOf, evaluateCells, isDone, type Subject } from "./cells.js";
import { openCheckpoint, tokenizerOf, weightsChoices } from "./checkpoint.js";
import { verdictOf } from "./compare.js";
import { sampleEntropy } from "./entropy.js";
import { type EvaluationRun, openEvaluationRun } from "./evaluationRun.js";
import { openJudge } from "./judge.js";
import { gainInterval, type Measured, pointOf } from "./matchedEntropy.js";
import { firstOf, keptScores, loadSet, setPath } from "./sampleSet.js";
import type { Interval } from "./statistics.js";
import { formatNumber } from "./table.js";
import { teacherOf } from "./teacher.js";

export const defaultTemperatures = [1, 0.95, 0.9, 0.85, 0.8, 0.7];

export interface FrontierRequest {
  readonly steps: readonly number[];
  readonly temperatures: readonly number[];
  readonly settings: Omit<CellSettings, "temperature">;
  readonly root: string;
}

/** The gain at one step count; no interval where the student's entropy is outside the teacher's temperatures. */
export interface Gain {
  readonly steps: number;
  readonly entropy: number;
  readonly genPpl: number;
  readonly interval?: Interval;
}

/** Samples, draws and judges whatever the store or the files lack; each point is stored as it is complete. */
export async function measureFrontier(
  engine: Engine,
  run: Pick<EvaluationRun, "store" | "runId">,
  subject: Subject,
  temperatures: readonly number[],
  { steps, settings, root }: Omit<FrontierRequest, "temperatures">,
  onStep: () => void = () => {},
): Promise<void> {
  for (const temperature of temperatures) {
    await evaluateCells(engine, { ...run, root }, subject, steps, () => ({ ...settings, temperature }), onStep);
  }
}

/** What is known of one point, sample by sample; undefined where its samples are no longer kept. */
export async function measuredAt(subject: Subject, steps: number, settings: CellSettings, root: string) {
  const { checkpoint, tokenizer, judge } = subject;
  const identity = { checkpointHash: checkpoint.hash, length: checkpoint.model.length, steps };
  const path = setPath(root, identity, settings);
  const { ids } = firstOf(loadSet(path), settings.samples);
  const [definition] = definitionsOf(subject);
  if (ids.length < settings.samples || !definition) return undefined;
  const scores = await keptScores(path, definition, ids, tokenizer, judge);
  return { ...scores, entropies: ids.map(sampleEntropy) } satisfies Measured;
}

/** Gains of the student at temperature 1 over the teacher's frontier, by the first definition that applies. */
export async function gainsOf(student: Subject, teacher: Subject, request: FrontierRequest): Promise<Gain[]> {
  const { steps: stepCounts, temperatures, settings, root } = request;
  const gains: Gain[] = [];
  for (const steps of stepCounts) {
    const at = (subject: Subject, temperature: number) =>
      measuredAt(subject, steps, { ...settings, temperature }, root);
    const own = await at(student, 1);
    const points = (await Promise.all(temperatures.map((t) => at(teacher, t)))).filter((point) => point !== undefined);
    if (!own) continue;
    const random = randomStream(settings.seed, "frontier", steps);
    const interval = gainInterval(points, own, { random });
    gains.push({ steps, ...pointOf(own), ...(interval && { interval }) });
  }
  return gains;
}

/** "1.26 [1.19, 1.33] better", or why there is none. */
export function gainText({ interval }: Gain): string {
  if (!interval) return "outside";
  const { mean, low, high } = interval;
  const verdict = verdictOf({ low: low - 1, high: high - 1 }, false);
  return `${mean.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] ${verdict}`;
}

export function gainTable(gains: readonly Gain[]): string[][] {
  return [
    ["gain at matched entropy, steps", "gain [95 %]", "gen-PPL", "entropy", "n"],
    ...gains.map((gain) => [
      String(gain.steps),
      gainText(gain),
      formatNumber(gain.genPpl),
      formatNumber(gain.entropy),
      String(gain.interval?.n ?? "–"),
    ]),
  ];
}

const options = z.object({
  checkpoint: z.string().describe("folder of the student's checkpoint or round"),
  weights: z.enum(weightsChoices).default("raw").describe("which weights of the checkpoint"),
  teacher: z.string().default("auto").describe("folder of the teacher, or auto: its first ancestor"),
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16]).describe("step counts, as in 4,8,16"),
  temperatures: z
    .array(z.number().positive())
    .min(2)
    .default(defaultTemperatures)
    .describe("the teacher's temperatures, as in 1,0.9,0.8"),
  samples: z.int().min(8).default(256).describe("samples a point"),
  sequences: z.int().positive().default(16).describe("sequences sampled at once; changes no figure"),
  sampler: z
    .string()
    .default("ancestral")
    .describe(`one of ${samplerChoices.join(", ")}; NAME:VALUE sets its parameter`),
  judge: z.string().optional().describe("folder of the judge; default: the embedded one"),
  tokenizer: z.string().optional().describe("tokenizer.json of the checkpoint; default: found by its hash"),
  name: z.string().optional().describe("name of the evaluation's run; default: the checkpoint's run"),
  experiment: z.string().optional().describe("experiment it belongs to; default: the checkpoint's"),
  seed: z.int().nonnegative().default(1).describe("seed of the samples, the same for student and teacher"),
  ...engineFlags,
  root: z.string().default(".sdtt").describe("folder of runs, data and the store"),
});

export const frontier = defineCommand({
  name: "frontier",
  summary: "how much better a student is than its teacher at the same entropy, over temperatures",
  options,
  async run(o, context) {
    const checkpoint = openCheckpoint(o.checkpoint, o.weights);
    const teacher = teacherOf(
      checkpoint,
      o.teacher === "auto" && checkpoint.lineage.length === 0 ? assetPath("teacher") : o.teacher,
      o.root,
    );
    if (!teacher || teacher.tokenizerHash !== checkpoint.tokenizerHash) {
      const got = teacher ? "one of another tokenizer" : "none";
      throw userError("frontier", "a student needs a teacher of its tokenizer", got, "Give it: --teacher=FOLDER.");
    }
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge);
    const [student, control] = [checkpoint, teacher].map((one): Subject => ({ checkpoint: one, tokenizer, judge }));
    const { samples, sequences, seed, sampler, steps, temperatures, root } = o;
    const settings = { samples, sequences, seed, sampler, keep: 0 };
    const request: FrontierRequest = { steps, temperatures, settings, root };
    const run = openEvaluationRun({ stage: "curve", ...o, checkpoint, teacher }, engine, context);
    let status: "done" | "failed" = "failed";
    try {
      const wanted = [
        [student, [1]],
        [control, temperatures],
      ] as [Subject, number[]][];
      const lacking = (subject: Subject, temperature: number) =>
        steps.filter((count) => !isDone(run.store, subject, count, { ...settings, temperature }));
      const todo = wanted.flatMap(([subject, at]) => at.flatMap((temperature) => lacking(subject, temperature)));
      const total = todo.reduce((sum, count) => sum + count * Math.ceil(samples / sequences), 0);
      const progress = startProgress({ label: `frontier ${checkpoint.run}`, total, unit: "steps" });
      let taken = 0;
      for (const [subject, at] of wanted)
        await measureFrontier(engine, run, subject, at, request, () => progress.update(++taken));
      progress.done();
      const gains = await gainsOf(student as Subject, control as Subject, request);
      process.stdout.write(
        `\n${alignTable(gainTable(gains))}\n(temperatures ${temperatures.join(", ")}; bootstrap over samples)\n`,
      );
      status = "done";
    } finally {
      judge.dispose();
      run.close(status);
    }
  },
});

/**
 * @file `report`: all there is to say about a run, measured item by item, ending in a table and in files.
 *
 * Every item is known by what it is: what the store has is not measured again, and a report that was cut off goes on
 * with the item it was in (samples are kept as they are drawn).
 */
import { join } from "node:path";
import { startProgress } from "@sdtt/core/base";
import { defineCommand, repeated, repeatedPaths } from "@sdtt/core/cli";
import { type Engine, engineFlags, openEngine } from "@sdtt/core/engine";
import { writeFileAtomic } from "@sdtt/core/files";
import { loadSampler, pinnedSampler, samplerFlag } from "@sdtt/core/sampler";
import { tokenizerOf } from "@sdtt/core/text";
import { z } from "zod";
import { openJudge } from "../judge/judge.js";
import { declareFigures } from "../metrics/declarations.js";
import { metricsWith } from "../metrics/registry.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { reportControls } from "../record/controls.js";
import { type EvaluationRun, openEvaluationRun } from "../record/evaluationRun.js";
import { baselineOf, type ReportSubject, reportSubjects } from "../record/subjects.js";
import { trainingTexts } from "../record/trainingText.js";
import { gatherReport, type ReportData } from "../report/data.js";
import { runItem } from "../report/items.js";
import {
  commonSamples,
  itemsOf,
  judgedModels,
  type LabelledItem,
  type ReportPlan,
  reportParts,
  samplersOf,
} from "../report/plan.js";
import { reportHtml, sectionMarkdown, sectionText } from "../report/render.js";
import { drawColder, samplingsOf } from "../report/samplings.js";
import { fillFigures } from "../samples/cellFigures.js";
import { corpusOf } from "../samples/heldOut.js";
import { samplesAt } from "../samples/samplesAt.js";
import { drawAll } from "../samples/samplings.js";
import type { ItemsPlace } from "../shards/keptItems.js";
import { placeOf } from "../shards/place.js";
import { shardFlag } from "../shards/shard.js";
import {
  batchFlags,
  cellFlags,
  corpusFlag,
  judgeFlag,
  metricsFlag,
  recordedFlags,
  teacherFlag,
  temperaturesFlag,
} from "./options.js";

const file = (what: string) => z.string().optional().describe(`${what}; left out: not measured`);

const setFile = (name: string) => z.string().optional().describe(`FILE, as --set=${name}=FILE`);

const options = z.object({
  run: z.string().optional().describe("name of a run, all of whose rounds are evaluated"),
  checkpoint: z.string().optional().describe("instead of a run: folder of one checkpoint or round"),
  rounds: z.array(z.int().nonnegative()).optional().describe("rounds of the run, as in 1,3,5; default: all"),
  ...recordedFlags,
  ...teacherFlag,
  ar: z.string().default("auto").describe("folder of an AR baseline, none, or auto: the embedded one if it fits"),
  only: z
    .array(z.enum(reportParts))
    .default([...reportParts])
    .describe("parts, as in curve,mauve; default: all"),
  ...cellFlags,
  ...metricsFlag,
  samples: z.int().min(8).optional().describe("samples a cell of the curve; default: as `curve` draws"),
  ...samplerFlag,
  ...temperaturesFlag,
  frontierSamples: z.int().min(8).default(256).describe("samples a point of the frontiers"),
  frontierSteps: z.array(z.int().positive()).default([1, 2, 4, 8]).describe("step counts of the frontier"),
  controls: z
    .array(z.string())
    .default(["auto"])
    .describe("runs of controls beside it; auto: those made by `round --control --beside=RUN`; none"),
  topPs: z
    .array(z.number().positive().lt(1))
    .default([0.95, 0.9, 0.8])
    .describe("top-p of the teacher, held against students as temperatures are"),
  samplers: z
    .array(z.string().transform(pinnedSampler))
    .default([])
    .describe("samplers set side by side, as in first-hitting,top-k; fair: all, with parameters that do something"),
  samplerSteps: z.array(z.int().positive()).default([4, 8, 16, 32]).describe("step counts of the samplers"),
  samplerSamples: z.int().min(8).default(128).describe("samples a cell of the samplers"),
  samplerRounds: z.array(z.int().nonnegative()).optional().describe("rounds that they sample, as in 0,5; default: all"),
  mauveSteps: z.array(z.int().positive()).default([8]).describe("step counts of MAUVE"),
  prompts: z.int().min(20).default(100).describe("prompts of MAUVE"),
  promptTokens: z.int().positive().default(50).describe("tokens of a prompt"),
  continuations: z.int().min(2).default(5).describe("continuations of a prompt"),
  lambada: file("LAMBADA's .jsonl file"),
  lambadaItems: z.int().min(2).optional().describe("passages of LAMBADA, spread over all; default: all"),
  set: repeated(z.string().regex(/^[^=]+=./, "must be NAME=FILE"))
    .default([])
    .describe("a set of data and its file, as in arc-easy=test.jsonl; once for each"),
  wikitext2: setFile("wikitext2"),
  ptb: setFile("ptb"),
  arcEasy: setFile("arc-easy"),
  arcChallenge: setFile("arc-challenge"),
  hellaswag: setFile("hellaswag"),
  piqa: setFile("piqa"),
  piqaLabels: z.string().optional().describe("file of PIQA's labels, where its records have none"),
  winogrande: setFile("winogrande"),
  times: z
    .int()
    .positive()
    .optional()
    .describe("rows of masks of a bound: of a block of text (default 2), of a word or answer of over six tokens (8)"),
  ...corpusFlag("prompts and usual ranges come from"),
  latencyBatch: z.int().positive().default(1).describe("sequences at once of the latencies"),
  repeats: z.int().min(2).default(5).describe("timed runs of each latency; the warm-up comes on top"),
  ...judgeFlag,
  judges: repeatedPaths().default([]).describe("folder of a further judge of the curve; may be given again"),
  measure: z.boolean().default(true).describe("--no-measure: write what the store has, and measure nothing"),
  out: z.string().optional().describe("folder of the files; default: ROOT/reports/NAME"),
  ...batchFlags,
  ...shardFlag,
  ...engineFlags,
});
export type ReportOptions = z.output<typeof options>;

/** A shard measures its part of what is made of rows; everything else is measured when the shards are put together. */
async function measureAll(plan: ReportPlan, run: EvaluationRun, all: readonly LabelledItem[]): Promise<void> {
  const { name, engine, place } = plan;
  const items = place.shard ? all.filter(({ item }) => item.inShards) : all;
  const recording = { ...run, ...place };
  await drawAll(engine, recording, `report ${name}`, samplingsOf(plan));
  if (!place.shard) {
    await drawColder(plan, recording);
    await fillCommonFigures(plan, recording);
  }
  const progress = startProgress({ label: `report ${name}`, total: items.length, unit: "items" });
  for (const [i, { label, item }] of items.entries()) {
    const what = `${label}: ${item.name}`;
    progress.update(i, what);
    await runItem(run.store, run.runId, item, (share) => progress.update(i, `${what}, ${Math.floor(100 * share)} %`));
    run.store.heartbeat(run.runId);
  }
  progress.update(items.length);
  progress.done();
}

/** The figures that depend on n, of as many samples in each cell of the curve. */
async function fillCommonFigures(plan: ReportPlan, run: Parameters<typeof fillFigures>[0]): Promise<void> {
  if (!plan.o.only.includes("curve")) return;
  const samples = commonSamples(plan);
  for (const { subject } of judgedModels(plan)) {
    for (const steps of plan.o.steps) {
      const cell = { subject, steps, settings: { ...plan.cellAt(steps), samples } };
      await fillFigures(run, cell, { isWanted: ({ declared }) => declared.dependsOnN === true });
    }
  }
}

async function planOf(
  o: ReportOptions,
  found: readonly ReportSubject[],
  beside: readonly ReportSubject[],
  engine: Engine,
  place: ItemsPlace,
): Promise<ReportPlan> {
  const last = (found.at(-1) as ReportSubject).checkpoint;
  const tokenizer = tokenizerOf(last, { given: o.tokenizer, root: o.root });
  const baseline = baselineOf(o.ar, last, o.root);
  const judge = openJudge(engine, o.judge, o.root);
  const judges = o.judges.map((folder) => openJudge(engine, folder, o.root));
  const known = await metricsWith(o.metrics);
  const trainingOf = trainingTexts(tokenizer, o);
  const measuresFor = (checkpoint: Checkpoint) => ({ metrics: known.metrics, training: trainingOf(checkpoint) });
  const named = ({ label, checkpoint }: ReportSubject) => {
    return { label, subject: { checkpoint, tokenizer, judge, measures: measuresFor(checkpoint) } };
  };
  const [subjects, controls] = [found.map(named), beside.map(named)];
  const { sequences, seed, sampler } = o;
  const common = { sequences, seed, sampler, temperature: 1, keep: 8 };
  return {
    ...{
      o,
      name: o.run ?? last.run,
      engine,
      place,
      subjects,
      controls,
      tokenizer,
      judge,
      judges,
      baseline,
      measuresFor,
      known,
    },
    cellAt: (steps) => ({ ...common, samples: samplesAt(steps, o.samples) }),
    frontierSettings: { ...common, samples: o.frontierSamples },
    samplerSettings: { ...common, sampler: "ancestral", samples: o.samplerSamples },
  };
}

/** Markdown, JSON and HTML; returns the tables for the terminal. */
function writeFiles(folder: string, data: ReportData): string {
  const { name, made, sections } = data;
  const title = `Report of ${name}`;
  const markdown = [`# ${title}`, made, ...sections.map(sectionMarkdown)].join("\n\n");
  writeFileAtomic(join(folder, "report.md"), `${markdown}\n`);
  writeFileAtomic(join(folder, "report.json"), `${JSON.stringify(data, null, 2)}\n`);
  writeFileAtomic(join(folder, "report.html"), reportHtml(title, made, sections));
  return sections.map(sectionText).join("\n\n");
}

export const report = defineCommand({
  name: "report",
  summary: "evaluates a run completely, goes on where it was, and writes a report",
  options,
  async run(asked, context) {
    const samplers = samplersOf(asked.samplers);
    for (const sampler of [asked.sampler, ...samplers]) await loadSampler(sampler);
    const found = reportSubjects(asked);
    const last = (found.at(-1) as ReportSubject).checkpoint;
    const controls = reportControls(asked, last);
    const o = { ...asked, samplers, corpus: corpusOf("report", asked.corpus, last) };
    const engine = await openEngine(o.engine, o);
    const place = placeOf("report", o, context.config, engine);
    const { root, shard } = place;
    const plan = await planOf(o, found, controls, engine, { root, shard });
    const { name } = plan;
    const items = await itemsOf(plan);
    const [checkpoint, teacher] = [found.at(-1), found.length > 1 ? found[0] : undefined].map((one) => one?.checkpoint);
    const of = { stage: "curve", ...o, root, name, checkpoint: checkpoint as Checkpoint, teacher } as const;
    const run = openEvaluationRun(of, engine, context);
    const work = async () => {
      declareFigures(run.store, plan.known);
      if (o.measure) await measureAll(plan, run, items);
      if (shard) return;
      const folder = o.out ?? join(o.root, "reports", name);
      const tables = writeFiles(folder, await gatherReport(plan, run.store, items));
      process.stdout.write(`\n${tables}\n\nWritten to ${folder}\n`);
    };
    await place
      .during(() => run.during(work))
      .finally(() => {
        for (const judge of [plan.judge, ...plan.judges]) judge.dispose();
      });
  },
});

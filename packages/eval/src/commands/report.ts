/**
 * @file `report`: all there is to say about a run, measured item by item, ending in a table and in files.
 *
 * Every item is known by what it is: what the store has is not measured again, and a report that was cut off goes on
 * with the item it was in (samples are kept as they are drawn).
 */
import { join } from "node:path";
import { startProgress } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { writeFileAtomic } from "@sdtt/core/files";
import { loadSampler } from "@sdtt/core/sampler";
import { tokenizerOf } from "@sdtt/core/text";
import { openJudge } from "../judge/judge.js";
import { declareFigures } from "../metrics/declarations.js";
import { metricsWith } from "../metrics/registry.js";
import { corpusOf } from "../metrics/texts/heldOut.js";
import { trainingTexts } from "../metrics/texts/trainingText.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { reportControls } from "../record/controls.js";
import { type EvaluationRun, openEvaluationRun } from "../record/evaluationRun.js";
import { partnersFor } from "../record/partners.js";
import { baselineOf, type ReportSubject, reportSubjects } from "../record/subjects.js";
import { gatherReport, type ReportData } from "../report/data.js";
import { runItem } from "../report/items.js";
import { type ReportFlags, reportOptions } from "../report/options.js";
import type { LabelledItem, ReportPlan } from "../report/parts.js";
import { commonSamples, itemsOf, judgedModels, samplersOf } from "../report/plan.js";
import { sectionMarkdown, sectionsHtml, sectionText } from "../report/render.js";
import { drawColder, samplingsOf } from "../report/samplings.js";
import { fillFigures } from "../samples/cellFigures.js";
import { samplesAt } from "../samples/samplesAt.js";
import { drawAll } from "../samples/samplings.js";
import type { ItemsPlace } from "../shards/keptItems.js";
import { placeOf } from "../shards/place.js";

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
  o: ReportFlags,
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
  const teacher = found.length > 1 ? found[0]?.checkpoint : undefined;
  const partners = partnersFor([o.sampler, ...o.samplers], { ...o, checkpoint: last, teacher });
  const named = ({ label, checkpoint }: ReportSubject) => {
    return { label, subject: { checkpoint, partners, tokenizer, judge, measures: measuresFor(checkpoint) } };
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
  writeFileAtomic(join(folder, "report.html"), sectionsHtml(title, made, sections));
  return sections.map(sectionText).join("\n\n");
}

export const report = defineCommand({
  name: "report",
  summary: "evaluates a run completely, goes on where it was, and writes a report",
  options: reportOptions,
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
    const of = { stage: "report", ...o, root, name, checkpoint: checkpoint as Checkpoint, teacher } as const;
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

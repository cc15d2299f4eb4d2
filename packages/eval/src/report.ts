/**
 * @file `report`: all there is to say about a run, measured item by item, ending in a table and in files.
 *
 * Every item is known by what it is: what the store has is not measured again, and a report that was cut off goes on
 * with the item it was in (samples are kept as they are drawn).
 */
import { join } from "node:path";
import {
  defineCommand,
  engineFlags,
  openEngine,
  parseSampler,
  samplerChoices,
  startProgress,
  writeFileAtomic,
} from "@sdtt/core";
import { z } from "zod";
import { evaluateCells, type Subject } from "./cells.js";
import { tokenizerOf, weightsChoices } from "./checkpoint.js";
import { openEvaluationRun } from "./evaluationRun.js";
import { defaultTemperatures, measureFrontier } from "./frontier.js";
import { openJudge } from "./judge.js";
import { gatherReport } from "./reportData.js";
import { runItem } from "./reportItems.js";
import { itemsOf, type ReportPlan, reportParts } from "./reportPlan.js";
import { baselineOf, reportSubjects } from "./reportSubjects.js";
import { sectionMarkdown, sectionText } from "./reportTables.js";
import { samplesAt } from "./samplesAt.js";

const file = (what: string) => z.string().optional().describe(`${what}; left out: not measured`);

const options = z.object({
  run: z.string().optional().describe("name of a run, all of whose rounds are evaluated"),
  checkpoint: z.string().optional().describe("instead of a run: folder of one checkpoint or round"),
  rounds: z.array(z.int().nonnegative()).optional().describe("rounds of the run, as in 1,3,5; default: all"),
  weights: z.enum(weightsChoices).default("raw").describe("which weights of the checkpoints"),
  teacher: z.string().default("auto").describe("folder of the teacher, none, or auto: the first ancestor"),
  ar: z.string().default("auto").describe("folder of an AR baseline, none, or auto: the embedded one if it fits"),
  only: z
    .array(z.enum(reportParts))
    .default([...reportParts])
    .describe("parts, as in curve,mauve; default: all"),
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16, 32, 64, 128]).describe("step counts of the curve"),
  samples: z.int().min(8).optional().describe("samples a cell; default: 2560 steps' worth, between 48 and 640"),
  sequences: z.int().positive().default(16).describe("sequences at once; changes no figure"),
  sampler: z
    .string()
    .default("ancestral")
    .describe(`one of ${samplerChoices.join(", ")}; NAME:VALUE sets its parameter`),
  temperatures: z.array(z.number().positive()).min(2).default(defaultTemperatures).describe("the teacher's frontier"),
  samplers: z.array(z.string()).default([]).describe("samplers set side by side, as in ancestral,top-k; default: none"),
  samplerSteps: z.array(z.int().positive()).default([4, 8]).describe("step counts of the samplers"),
  frontierSteps: z.array(z.int().positive()).default([4, 8]).describe("step counts of the frontier"),
  mauveSteps: z.array(z.int().positive()).default([8]).describe("step counts of MAUVE"),
  prompts: z.int().min(20).default(100).describe("prompts of MAUVE"),
  promptTokens: z.int().positive().default(50).describe("tokens of a prompt"),
  continuations: z.int().min(2).default(5).describe("continuations of a prompt"),
  lambada: file("LAMBADA's .jsonl file"),
  wikitext2: file("WikiText-2's text file"),
  ptb: file("PTB's text file"),
  arcEasy: file("ARC-Easy's .jsonl file"),
  arcChallenge: file("ARC-Challenge's .jsonl file"),
  hellaswag: file("HellaSwag's .jsonl file"),
  piqa: file("PIQA's .jsonl file"),
  piqaLabels: z.string().optional().describe("PIQA's .lst file of labels"),
  winogrande: file("WinoGrande's .jsonl file"),
  times: z.int().positive().default(2).describe("time samples of the bounds on sets"),
  corpus: z.string().default("embedded").describe("text whose held-out documents prompts and usual ranges come from"),
  judge: z.string().optional().describe("folder of the judge; default: the embedded one"),
  tokenizer: z.string().optional().describe("tokenizer.json of the checkpoints; default: found by its hash"),
  out: z.string().optional().describe("folder of the files; default: ROOT/reports/NAME"),
  experiment: z.string().optional().describe("experiment it belongs to; default: the checkpoint's"),
  seed: z.int().nonnegative().default(1).describe("seed of samples and time samples, the same for all"),
  ...engineFlags,
  root: z.string().default(".sdtt").describe("folder of runs, data and the store"),
});
export type ReportOptions = z.output<typeof options>;

/** Curves and frontiers, each cell stored as it is complete. */
async function sampleAll(plan: ReportPlan, onStep: (note: string) => void): Promise<void> {
  const { o, engine, run, subjects } = plan;
  const where = { ...run, root: o.root };
  for (const { label, subject } of subjects) {
    const note = () => onStep(label);
    if (o.only.includes("curve")) await evaluateCells(engine, where, subject, o.steps, plan.cellAt, note);
    for (const sampler of o.only.includes("samplers") ? o.samplers : []) {
      const cellBy = (steps: number) => ({ ...plan.cellAt(steps), sampler });
      await evaluateCells(engine, where, subject, o.samplerSteps, cellBy, note);
    }
  }
  const [teacher, ...students] = subjects;
  if (!o.only.includes("frontier") || !teacher || students.length === 0) return;
  const request = { steps: o.frontierSteps, settings: plan.frontierSettings, root: o.root };
  for (const { label, subject } of subjects) {
    const temperatures = subject === teacher.subject ? o.temperatures : [1];
    await measureFrontier(engine, run, subject, temperatures, request, () => onStep(`frontier, ${label}`));
  }
}

export const report = defineCommand({
  name: "report",
  summary: "evaluates a run completely, goes on where it was, and writes a report",
  options,
  async run(o, context) {
    for (const sampler of [o.sampler, ...o.samplers]) parseSampler(sampler);
    const found = reportSubjects(o);
    const last = found.at(-1)?.checkpoint as (typeof found)[number]["checkpoint"];
    const tokenizer = tokenizerOf(last, { given: o.tokenizer, root: o.root });
    const baseline = baselineOf(o.ar, last, o.weights);
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge);
    const name = o.run ?? last.run;
    const teacher = found.length > 1 ? found[0]?.checkpoint : undefined;
    const run = openEvaluationRun({ stage: "curve", ...o, name, checkpoint: last, teacher }, engine, context);
    let status: "done" | "failed" = "failed";
    try {
      const subjects = found.map(({ label, checkpoint }) => {
        return { label, subject: { checkpoint, tokenizer, judge } satisfies Subject };
      });
      const { sequences, seed, sampler } = o;
      const common = { sequences, seed, sampler, temperature: 1, keep: 8 };
      const plan: ReportPlan = {
        ...{ o, name, engine, run, subjects, tokenizer, judge, baseline },
        cellAt: (steps) => ({ ...common, samples: samplesAt(steps, o.samples) }),
        frontierSettings: { ...common, samples: o.samples ?? 256 },
      };
      const items = itemsOf(plan);
      const progress = startProgress({ label: `report ${name}`, total: items.length + 1, unit: "items" });
      await sampleAll(plan, (note) => progress.update(0, note));
      for (const [i, { label, item }] of items.entries()) {
        progress.update(i + 1, `${label}: ${item.name}`);
        await runItem(run.store, item);
        run.store.heartbeat(run.runId);
      }
      progress.done();
      const data = await gatherReport(plan, items);
      const folder = o.out ?? join(o.root, "reports", name);
      const markdown = [`# Report of ${name}`, data.made, ...data.sections.map(sectionMarkdown)].join("\n\n");
      writeFileAtomic(join(folder, "report.md"), `${markdown}\n`);
      writeFileAtomic(join(folder, "report.json"), `${JSON.stringify(data, null, 2)}\n`);
      process.stdout.write(`\n${data.sections.map(sectionText).join("\n\n")}\n\nWritten to ${folder}\n`);
      status = "done";
    } finally {
      judge.dispose();
      run.close(status);
    }
  },
});

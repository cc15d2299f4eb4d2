/** @file What `report` can be asked. */
import { repeated, repeatedPaths } from "@sdtt/core/cli";
import { engineFlags } from "@sdtt/core/engine";
import { partnerFlag, pinnedSampler, samplerFlag } from "@sdtt/core/sampler";
import { z } from "zod";
import {
  batchFlags,
  cellFlags,
  corpusFlag,
  judgeFlag,
  metricsFlag,
  recordedFlags,
  teacherFlag,
  temperaturesFlag,
} from "../record/options.js";
import { shardFlag } from "../shards/shard.js";

export const reportParts = [
  "curve",
  "samplers",
  "frontier",
  "mauve",
  "last-word",
  "sets",
  "levels",
  "latency",
] as const;

const file = (what: string) => z.string().optional().describe(`${what}; left out: not measured`);

const setFile = (name: string) => z.string().optional().describe(`FILE, as --set=${name}=FILE`);

export const reportOptions = z.object({
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
  ...partnerFlag,
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

export type ReportFlags = z.output<typeof reportOptions>;

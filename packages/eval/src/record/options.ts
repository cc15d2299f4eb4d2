/** @file Options that commands of evaluation share, each said once. */
import { weightsChoices } from "@sdtt/core/checkpoint";
import { newName, rootFolder } from "@sdtt/core/cli";
import { z } from "zod";

/** What a command reads where `--corpus` is left out: the text that the model learned. */
export const ownCorpus = "auto";

/** Which weights are meant, and where their figures are recorded. */
export const recordedFlags = {
  weights: z.enum(weightsChoices).default("student").describe("which weights; student: those that its round calls so"),
  tokenizer: z.string().optional().describe("tokenizer.json of the checkpoint; default: found by its hash"),
  experiment: newName()
    .optional()
    .describe("experiment it belongs to; default: that of the checkpoint's run, or the run's name"),
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder of runs, data, samples and the store"),
};

/** What is evaluated, where it is one checkpoint. */
export const evaluatedFlags = {
  checkpoint: z.string().optional().describe("folder of a checkpoint, a round or a run; default: the embedded teacher"),
  name: newName().optional().describe("name of the evaluation's run; default: the checkpoint's run"),
  ...recordedFlags,
};

/** Where a command reads held-out text. */
export const corpusFlag = (what: string) => ({
  corpus: z
    .string()
    .default(ownCorpus)
    .describe(`text whose held-out documents ${what}; auto: that which the model learned`),
});

export const judgeFlag = {
  judge: z.string().optional().describe("folder of the judge; default: the embedded one"),
};

export const batchFlags = {
  sequences: z.int().positive().default(16).describe("sequences at once; changes no figure"),
  seed: z.int().nonnegative().default(1).describe("seed of samples and time samples, the same for all models"),
};

export const cellFlags = {
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16, 32, 64, 128]).describe("step counts, as in 4,8,16"),
  samples: z.int().min(2).optional().describe("samples a cell; default: 2048 steps' worth, between 32 and 512"),
};

export const teacherFlag = {
  teacher: z.string().default("auto").describe("folder of the teacher beside it, none, or auto: its first ancestor"),
};

/** Another student's first steps. */
export const earlyFlags = {
  early: z.string().optional().describe("another round's folder, whose student takes the first steps"),
  earlyShare: z.number().positive().max(0.999).default(0.5).describe("share of the steps that --early takes"),
};

/** One above 1: a student of an early round may have a little more entropy than its teacher. */
const defaultTemperatures = [1.05, 1, 0.95, 0.9, 0.8, 0.7, 0.6];

export const temperaturesFlag = {
  temperatures: z
    .array(z.number().positive())
    .min(2)
    .default(defaultTemperatures)
    .describe("temperatures of a frontier, as in 1,0.9,0.8; further down as far as a student's entropy falls"),
  teacherSteps: z
    .array(z.int().positive())
    .optional()
    .describe("further step counts of the teacher's frontier; default: two and four times the most"),
};

export const metricsFlag = {
  data: z
    .string()
    .optional()
    .describe("folder of the prepared training text, to measure copying; default: found below ROOT/data by its hash"),
  metrics: z
    .array(z.string())
    .default([])
    .describe("modules with metrics of your own on samples, as in ./letters.metric.js (docs/evaluation.md)"),
};

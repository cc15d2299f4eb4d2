/**
 * @file The warnings of a curve: each cell's samples against held-out text as long, step count by step count.
 *
 * They are made from the kept samples, so figures of the store whose samples were deleted are said to be unexamined.
 */
import { parseSampler } from "@sdtt/core/sampler";
import type { Judge } from "../judge/judge.js";
import { sampledTexts } from "../metrics/figures.js";
import { heldOutPieces } from "../metrics/texts/heldOut.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { cellPath, type Subject } from "../samples/cellIdentity.js";
import { firstOf, loadSet, type SamplingSettings } from "../samples/sampleSet.js";
import { figureWarnings, type HeldOutRanges, heldOutRanges, samplingWarnings, type Warning } from "./warnings.js";

export interface CellWarnings {
  readonly steps: number;
  readonly warnings: readonly Warning[];
  /** Why nothing could be compared with held-out text, where that is so. */
  readonly unexamined?: string;
}

/** Warnings at each step count; `corpus` "none" leaves those out that need held-out text. */
export async function warningsAt(
  root: string,
  subject: Subject,
  corpus: string,
  stepCounts: readonly number[],
  settingsAt: (steps: number) => SamplingSettings,
): Promise<CellWarnings[]> {
  const { tokenizer, checkpoint } = subject;
  const { length } = checkpoint.model;
  const most = Math.max(...stepCounts.map((steps) => settingsAt(steps).samples));
  const pool =
    corpus === "none" ? [] : await heldOutPieces(corpus, tokenizer, { length, most: 4 * most, joined: true });
  const ranges = new Map<number, HeldOutRanges | undefined>();
  const rangesFor = async (n: number) => {
    if (!ranges.has(n)) ranges.set(n, await heldOutRanges(pool, n, tokenizer));
    return ranges.get(n);
  };
  const warningsOf = async (steps: number): Promise<CellWarnings> => {
    const settings = settingsAt(steps);
    const { samples: n, temperature, topP = 1, sampler = "ancestral" } = settings;
    const { precision } = parseSampler(sampler);
    const ofSampling = samplingWarnings({ n, temperature, topP, precision });
    if (corpus === "none") return { steps, warnings: ofSampling };
    const set = firstOf(loadSet(cellPath(root, subject, steps, settings)), n);
    const heldOut = await rangesFor(n);
    const unexamined = set.ids.length < n ? "its samples are no longer kept" : !heldOut && "too little held-out text";
    if (unexamined || !heldOut) return { steps, warnings: ofSampling, unexamined: String(unexamined) };
    const ofFigures = await figureWarnings(sampledTexts(set.ids, tokenizer), heldOut, tokenizer);
    return { steps, warnings: [...ofSampling, ...ofFigures] };
  };
  const all: CellWarnings[] = [];
  for (const steps of stepCounts) all.push(await warningsOf(steps));
  return all;
}

/** Said where no held-out text was found. */
export const unknownText =
  "not compared with held-out text: what the model learned is not known or not here (--corpus)";

/** Said of a judge whose context is shorter than a sample, or who has learned another text than the model. */
export function judgeLines(
  judge: Pick<Judge, "length" | "isEmbedded">,
  { model: { length }, learned }: Pick<Checkpoint, "model" | "learned">,
): string[] {
  return [
    ...(judge.length < length
      ? [`the judge reads ${judge.length} tokens: samples of ${length} count up to there`]
      : []),
    ...(judge.isEmbedded && learned !== "embedded"
      ? [
          "the judge learned the embedded text and not the model's: it compares models, and says little of their text (--judge)",
        ]
      : []),
  ];
}

/** Where warnings are explained. */
const manual = "docs/evaluation.md#warnings";

/** All warnings in one line: how many, what they are of, where to read on. */
export function warningSummary(cells: readonly CellWarnings[], more: readonly string[]): string[] {
  const count = warningLines(cells).length + more.length;
  if (count === 0) return [];
  if (count === 1) return [`${[...warningLines(cells), ...more][0]}; ${manual}`];
  const suspicious = cells.flatMap(({ warnings }) =>
    warnings.filter((one) => one.suspicious).map(({ figure }) => figure),
  );
  const named = [...new Set(suspicious)];
  const what = named.length > 0 ? `, suspicious: ${named.join(", ")}` : "";
  return [`${count} warnings${what}; --warnings prints them, ${manual} explains them`];
}

/** One line a rule, with all step counts that break it and what was found at the first of them. */
export function warningLines(cells: readonly CellWarnings[]): string[] {
  const broken = new Map<string, { steps: number[]; found: string | undefined }>();
  const add = (message: string, steps: number, found?: string) => {
    const known = broken.get(message);
    if (known) known.steps.push(steps);
    else broken.set(message, { steps: [steps], found });
  };
  for (const { steps, warnings, unexamined } of cells) {
    for (const { message, suspicious, found } of warnings)
      add(`${suspicious ? "suspicious: " : ""}${message}`, steps, found);
    if (unexamined) add(`not compared with held-out text: ${unexamined}`, steps);
  }
  return [...broken].map(([message, { steps, found }]) => {
    const example = found === undefined ? "" : ` (${steps.length > 1 ? `at ${steps[0]}: ` : ""}${found})`;
    return `at ${steps.join(", ")} steps: ${message}${example}`;
  });
}

/** Said where what a model was trained on is not there to be compared with. */
export function trainingLines({ measures, checkpoint }: Pick<Subject, "measures" | "checkpoint">): string[] {
  if (measures === undefined || measures.training) return [];
  return [
    `copying is not measured: the text that ${checkpoint.run} was trained on is not below ROOT/data (--data=FOLDER)`,
  ];
}

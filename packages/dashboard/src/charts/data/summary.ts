/**
 * @file The answer in words: which line is ahead at a step count, by the comparison that its measure allows, and what
 * speaks against believing it.
 *
 * Gen-PPL by itself makes nothing better: there the lines are students, by their gain over a teacher of the same entropy. Two
 * lines are told apart seed by seed, not by whether their intervals overlap.
 */
import {
  betterFirst,
  betweenSeeds,
  bySharedSeeds,
  type Cell,
  type Effect,
  type Estimate,
  effectInterval,
  effectOf,
  effectP,
  familyNote,
  formatEstimate,
  formatInterval,
  formatNumber,
  holm,
  lnRatios,
  metricKind,
} from "@sdtt/core/statistics";
import type { Curve, CurvePoint, Series } from "./curve.js";
import type { Gain } from "./matched.js";
import type { SeedFigure } from "./measure.js";
import { neededText, noGainText } from "./words.js";

export interface Summary {
  readonly steps: number;
  /** Null: nothing is ahead, because nothing can be compared. */
  readonly best: string | null;
  /** Whether the best is told apart from the next one, seed by seed. */
  readonly trust: "clear" | "overlapping" | "single" | "none";
  readonly sentences: readonly string[];
}

/** A line as it is compared: by its measure, or by its gain. */
interface Standing {
  readonly label: string;
  readonly value: Estimate;
  readonly seeds: readonly SeedFigure[];
}

const pointAt = ({ points }: Series, steps: number): CurvePoint | undefined => points.find((p) => p.steps === steps);

/** Ours by theirs on the scale of the measure, over the seeds that both have. */
function paired(metric: string, ours: Standing, theirs: Standing): Effect | undefined {
  const isLog = metricKind(metric).scale === "log";
  const replicates = isLog ? lnRatios(ours.seeds, theirs.seeds) : differences(ours, theirs);
  if (replicates.length === 0) return undefined;
  const cell: Cell = { replicates, line: "" };
  return effectOf(cell, betweenSeeds([cell]));
}

const differences = (ours: Standing, theirs: Standing) =>
  bySharedSeeds(ours.seeds, theirs.seeds).map(([one, other]) => {
    const stderr = Math.hypot(one.stderr ?? Number.NaN, other.stderr ?? Number.NaN);
    return { value: one.value - other.value, stderr: Number.isNaN(stderr) ? null : stderr, model: one.model };
  });

interface Doubt {
  readonly trust: Summary["trust"];
  readonly sentence: string;
}

/** The lines that one seed's samples already do not tell from it. */
function alikeSentence(labels: readonly string[]): string {
  if (labels.length === 0) return "";
  const named = labels.slice(0, 4).join(", ") + (labels.length > 4 ? `, and ${labels.length - 4} more` : "");
  return `By its own samples it is not told from ${named}.`;
}

/**
 * Whether the best is ahead of the next one by more than chance, in pairs of seeds.
 *
 * It was chosen among all of them, so that it is held against each, and Holm corrects the next one's chance for their number.
 */
function doubtOf(metric: string, standings: readonly Standing[]): Doubt {
  const [best, second] = standings;
  if (best === undefined) return { trust: "none", sentence: "" };
  const isSingle = best.value.n < 2;
  const single = "It rests on one seed: nothing is known of other trainings, so do not believe small differences.";
  if (second === undefined) return { trust: isSingle ? "single" : "clear", sentence: isSingle ? single : "" };
  const effect = paired(metric, best, second);
  if (effect === undefined)
    return { trust: "overlapping", sentence: `It shares no seed with ${second.label}, the next one.` };
  const others = standings.slice(1).flatMap((other) => {
    const beside = paired(metric, best, other);
    return beside ? [{ label: other.label, p: effectP(beside) }] : [];
  });
  const chances = holm(others.map(({ p }) => p));
  const isTold = (chances[0] as number) < 0.05;
  if (isSingle || effect.n < 2) {
    const alike = others.flatMap(({ label }, i) => ((chances[i] as number) < 0.05 ? [] : [label]));
    return { trust: "single", sentence: [single, alikeSentence(alike)].filter(Boolean).join(" ") };
  }
  const { mean, low, high } = effectInterval(effect);
  const isLog = metricKind(metric).scale === "log";
  const [middle, from, to] = [mean, low, high].map((value) => (isLog ? Math.exp(value) : value)) as [
    number,
    number,
    number,
  ];
  const by = `${isLog ? `${formatNumber(middle)} times` : formatNumber(middle)} ${formatInterval({ low: from, high: to })}`;
  const than = `${second.label}'s over ${effect.n} pairs of seeds`;
  const of = chances.length === 1 ? "" : ` by Holm for ${chances.length} comparisons`;
  const sentence = `It is ${by} ${than}: ${isTold ? "told apart" : "these two are not told apart"}${of}.`;
  return { trust: isTold ? "clear" : "overlapping", sentence };
}

const where = (curve: Curve, steps: number): string => (curve.isLevel ? "" : `At ${steps} steps `);

/** How its gen-PPL and entropy stand beside the teacher's, which is no comparison. */
function rawSentence(curve: Curve, gain: Gain): string {
  const own = curve.series.find(({ label }) => label === gain.label);
  const point = own && pointAt(own, gain.steps);
  if (point === undefined) return "";
  const teachers = curve.series.filter(({ round, temperature }) => round === 0 && temperature === 1);
  const teacher = teachers.length === 1 ? pointAt(teachers[0] as Series, gain.steps) : undefined;
  const beside = teacher ? ` beside the teacher's ${formatNumber(teacher.value.mean)}` : "";
  const lost = teacher?.entropy && point.entropy ? point.entropy.mean - teacher.entropy.mean : null;
  const change = lost === null ? "" : `, entropy changes by ${formatNumber(lost)} nats`;
  const name = curve.measure?.metric === "gen-ppl" ? "gen-PPL" : (curve.measure?.metric ?? "");
  return `Its ${name} is ${formatNumber(point.value.mean)}${beside}${change}: by itself that says nothing.`;
}

function neededSentence(gain: Gain): string {
  if (gain.needed === null) return "";
  const own = gain.nfe === null ? "" : ` (NFE ${formatNumber(gain.nfe)})`;
  return `Its teacher needs ${neededText(gain)} steps for the same text at that entropy, it takes ${gain.steps}${own}.`;
}

/** Students that could not be compared, and why. */
function leftOut(gains: readonly Gain[]): string[] {
  const missing = gains.flatMap(({ label, none }) => (none ? [`${label} (${noGainText(none)})`] : []));
  if (missing.length === 0) return [];
  const some = missing.slice(0, 4).join(", ") + (missing.length > 4 ? `, and ${missing.length - 4} more` : "");
  return [`Not compared: ${some}. “eval:frontier” draws a teacher's temperatures.`];
}

function matchedSummary(curve: Curve, steps: number): Summary | undefined {
  const gains = curve.matched.gains.filter((gain) => gain.steps === steps);
  if (!curve.series.some((series) => Number.isFinite(pointAt(series, steps)?.value.mean))) return undefined;
  const known = gains.filter((gain): gain is Gain & { gain: Estimate } => gain.gain !== null);
  const sorted = known.sort((a, b) => b.gain.mean - a.gain.mean);
  const [best] = sorted;
  if (best === undefined) {
    const head = `${where(curve, steps)}no student can be held against a teacher of its entropy.`;
    return { steps, best: null, trust: "none", sentences: [head, ...leftOut(gains)] };
  }
  const standings = sorted.map(({ label, gain, seeds }): Standing => ({ label, value: gain, seeds }));
  const { trust, sentence } = doubtOf("gain-at-entropy", standings);
  const { mean } = best.gain;
  const size = `${formatNumber(mean)} times ${formatInterval(best.gain)} (n = ${best.gain.n})`.replace("  ", " ");
  const said = {
    better: "better than sharpening",
    worse: "worse than sharpening",
    "cannot tell": "not told apart from sharpening",
  };
  const verdict = best.verdict ? said[best.verdict] : "no verdict";
  const head = `${where(curve, steps)}${best.label} is ${size} as good as a teacher sharpened to its entropy: ${verdict}.`;
  const family = `(${familyNote(curve.matched.family, "gains of the experiment")}.)`;
  const sentences = [head, neededSentence(best), rawSentence(curve, best), sentence, ...leftOut(gains), family];
  return { steps, best: best.label, trust, sentences: sentences.filter((text) => text !== "") };
}

/** Lines at temperature 1, the best first. */
function standingsAt(curve: Curve, steps: number): Standing[] {
  const order = betterFirst(curve.measure?.metric ?? "");
  const found = curve.series.flatMap((series): Standing[] => {
    const point = pointAt(series, steps);
    const isUsable = point !== undefined && Number.isFinite(point.value.mean) && series.temperature === 1;
    return isUsable ? [{ label: series.label, value: point.value, seeds: point.seeds }] : [];
  });
  return found.sort((a, b) => order(a.value.mean, b.value.mean));
}

/** What can be said at `steps`; undefined where nothing was measured. */
export function summaryOf(curve: Curve, steps: number): Summary | undefined {
  const metric = curve.measure?.metric ?? "";
  const { better, isMatched } = metricKind(metric);
  if (isMatched) return matchedSummary(curve, steps);
  const standings = standingsAt(curve, steps);
  const [best] = standings;
  if (best === undefined) return undefined;
  if (better === null) {
    const sentence = "Neither way is better of this measure: it is to be near held-out text's own.";
    return { steps, best: null, trust: "none", sentences: [sentence] };
  }
  const { trust, sentence } = doubtOf(metric, standings);
  const head = `${where(curve, steps)}${best.label} is ${better === "lower" ? "lowest" : "highest"}: ${formatEstimate(best.value)}.`;
  return { steps, best: best.label, trust, sentences: [head, sentence].filter((text) => text !== "") };
}

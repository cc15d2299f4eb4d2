/**
 * @file The week's answer in words: what the newest round comes to, by the comparison at matched entropy, and whether to believe it.
 *
 * The step count is fixed beforehand (eight, or the next that was measured) and the round is the newest, so that nothing is the
 * winner of a lottery; verdicts are those of the whole family. What is not told apart is called that, and no number is praised.
 */
import {
  familyNote,
  formatInterval,
  formatNumber,
  neededInterval,
  neededMiddle,
  type Verdict,
} from "@sdtt/core/statistics";
import type { Curve } from "./curve.js";
import type { Gain } from "./matched.js";
import { noGainText } from "./words.js";

export interface AnswerLine {
  readonly label: string;
  readonly trust: "told apart" | "not told apart" | "not compared";
  readonly sentence: string;
  /** Of its gain, within the family. */
  readonly verdict: Verdict | null;
  /** How many seeds it rests on. */
  readonly seeds: number;
  /** The evaluations behind it. */
  readonly keys: readonly string[];
}

export interface WeekAnswer {
  readonly experiment: string;
  /** The first line of all. */
  readonly head: string;
  readonly steps: number;
  readonly lines: readonly AnswerLine[];
  /** Of the teacher at the same steps, for samples beside each other. */
  readonly teacher: { readonly label: string; readonly keys: readonly string[] } | null;
  /** What the verdicts are corrected for. */
  readonly family: string;
}

const usualSteps = 8;
const maxLines = 3;

/** Fixed beforehand: eight steps, or the next that was measured. */
export const answerSteps = (counts: readonly number[]): number | undefined => {
  const ascending = [...counts].sort((a, b) => a - b);
  return ascending.find((steps) => steps >= usualSteps) ?? ascending.at(-1);
};

const seedsText = (n: number): string => (n === 1 ? "one seed, so nothing is known of other trainings" : `${n} seeds`);

/** "needs 9.75 for at the same entropy [8.95, 10.6]" */
function stepsClause({ steps, needed }: Gain): string {
  if (needed === null) return "";
  const clause = `writes with ${steps} steps what its teacher needs ${neededMiddle(needed)} for at the same entropy`;
  return `${clause} ${neededInterval(needed)}`.trimEnd();
}

const gainClause = ({ gain, steps }: Gain): string =>
  gain === null
    ? ""
    : `${formatNumber(gain.mean)} times ${formatInterval(gain)} as good at ${steps} steps as its teacher sharpened to the same entropy`;

function toldSentence(gain: Gain): string {
  const clause = stepsClause(gain);
  const own = clause === "" ? `is ${gainClause(gain)}` : `${clause}; it is ${gainClause(gain)}`;
  return `${gain.label} ${own}; ${seedsText(gain.gain?.n ?? 0)}.`;
}

function lineOf(gain: Gain): AnswerLine {
  const { label, keys, verdict, none } = gain;
  const seeds = gain.gain?.n ?? 0;
  if (gain.gain === null || verdict === null) {
    const why = none ? noGainText(none) : "no interval";
    const how = none?.why === "no control" ? " “eval:frontier” draws its teacher's temperatures." : "";
    return {
      label,
      keys,
      verdict,
      seeds,
      trust: "not compared",
      sentence: `${label} could not be compared at its entropy: ${why}.${how}`,
    };
  }
  if (verdict !== "cannot tell")
    return { label, keys, verdict, seeds, trust: "told apart", sentence: toldSentence(gain) };
  const sentence = `${label} cannot be told from its teacher sharpened to the same entropy: ${gainClause(gain)}; ${seedsText(gain.gain.n)}.`;
  return { label, keys, verdict, seeds, trust: "not told apart", sentence };
}

/** The first line: that of the only student, else how many of them are told apart. */
function headOf(lines: readonly AnswerLine[], gains: readonly Gain[]): string {
  const [only] = lines as [AnswerLine];
  const told = lines.filter(({ trust }) => trust === "told apart").length;
  if (told === 0) {
    return lines.every(({ trust }) => trust === "not compared")
      ? "Nothing could be compared at matched entropy."
      : "Nothing that can be told from noise.";
  }
  if (lines.length === 1) return only.sentence;
  const count = (verdict: Gain["verdict"]) => gains.filter((gain) => gain.verdict === verdict).length;
  return `Of ${gains.length} students ${count("better")} write better than their teacher sharpened to the same entropy, ${count("worse")} worse; of the others it cannot be told.`;
}

/** Undefined where no student has been judged since. @param since ISO 8601 */
export function answerOf(curve: Curve, since: string): WeekAnswer | undefined {
  const fresh = curve.matched.gains.filter(({ newestAt }) => newestAt >= since);
  const round = Math.max(...fresh.map((gain) => gain.round));
  const ofRound = fresh.filter((gain) => gain.round === round);
  const steps = answerSteps(ofRound.map((gain) => gain.steps));
  if (steps === undefined) return undefined;
  const gains = ofRound.filter((gain) => gain.steps === steps);
  const lines = gains.map(lineOf);
  const teachers = curve.series.filter((series) => series.round === 0 && series.temperature === 1);
  const point = teachers.length === 1 ? teachers[0]?.points.find((one) => one.steps === steps) : undefined;
  return {
    experiment: curve.experiment,
    head: headOf(lines, gains),
    steps,
    lines: lines.slice(0, maxLines),
    teacher: point ? { label: "its teacher", keys: point.keys } : null,
    family: familyNote(curve.matched.family, "gains of the experiment"),
  };
}

/**
 * @file What newly judged students come to: by the comparison at matched entropy, of the newest round with something new.
 *
 * Not the largest of all changes of all measures, which is the winner of a lottery: every step count of that round is given,
 * with the verdict that it has within its experiment; and before all of them one answer in words.
 */
import { originsOf } from "@sdtt/core/store";
import { answerOf, type WeekAnswer } from "../charts/data/answer.js";
import type { Curve } from "../charts/data/curve.js";
import type { Gain } from "../charts/data/matched.js";
import { curvesFrom, withAllRuns } from "./curve.js";
import type { Reader } from "./stores/merged.js";

/** A student's standing at one step count. */
export interface News
  extends Pick<Gain, "label" | "steps" | "nfe" | "gain" | "none" | "verdict" | "needed" | "neededNfe"> {
  readonly experiment: string;
  readonly definition: string;
  /** How many verdicts of its experiment are one family. */
  readonly family: number;
}

export interface Judged {
  readonly news: readonly News[];
  /** Of the newest experiment with a student that was judged since; of any time before where there is none. */
  readonly answer: (WeekAnswer & { readonly isNew: boolean }) | null;
}

const maxExperiments = 8;
const maxLines = 3;

function newsOf({ experiment, matched, measure }: Curve, since: string): News[] {
  const fresh = matched.gains.filter(({ newestAt }) => newestAt >= since);
  const newest = Math.max(...fresh.map(({ round }) => round));
  const labels = [...new Set(fresh.filter(({ round }) => round === newest).map(({ label }) => label))].slice(
    0,
    maxLines,
  );
  return fresh
    .filter(({ label }) => labels.includes(label))
    .map(({ label, steps, nfe, gain, none, verdict, needed, neededNfe }) => ({
      ...{ label, steps, nfe, gain, none, verdict, needed, neededNfe },
      ...{ experiment, definition: measure?.definition ?? "", family: matched.family },
    }));
}

/** Of the newest experiments with an evaluation since then, some lines each; a row for each step count. */
export function judgedSince(reader: Reader, since: string): Judged {
  const fresh = reader.newEvaluations(since);
  const whole = withAllRuns(reader);
  const originOf = originsOf(whole);
  const curveOf = (name: string) => curvesFrom(whole, name, originOf, { temperatures: "matched" }).curve();
  const all = reader.experiments().filter(({ evaluations }) => evaluations > 0);
  const touched = all.filter(({ name }) => (fresh[name] ?? 0) > 0).slice(0, maxExperiments);
  const curves = touched.map(({ name }) => curveOf(name));
  const news = curves.flatMap((curve) => newsOf(curve, since));
  // Lazily: the newest experiment usually has one.
  for (const curve of curves) {
    const found = answerOf(curve, since);
    if (found) return { news, answer: { ...found, isNew: true } };
  }
  for (const { name } of all.slice(0, maxExperiments)) {
    const before = answerOf(curveOf(name), "");
    if (before) return { news, answer: { ...before, isNew: false } };
  }
  return { news, answer: null };
}

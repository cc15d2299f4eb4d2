/**
 * @file What newly judged students come to: by the comparison at matched entropy, of the newest round with something new.
 *
 * Not the largest of all changes of all measures, which is the winner of a lottery: every step count of that round is given,
 * with the verdict that it has within its experiment.
 */
import { originsOf } from "@sdtt/core/store";
import type { Gain } from "../charts/data/matched.js";
import { type Curves, curvesFrom, withAllRuns } from "./curve.js";
import type { Reader } from "./stores/merged.js";

/** A student's standing at one step count. */
export interface News
  extends Pick<Gain, "label" | "steps" | "nfe" | "gain" | "none" | "verdict" | "needed" | "neededNfe"> {
  readonly experiment: string;
  readonly definition: string;
  /** How many verdicts of its experiment are one family. */
  readonly family: number;
}

const maxExperiments = 8;
const maxLines = 3;

function newsOf({ name: experiment, curve }: Curves, since: string): News[] {
  const { matched, measure } = curve();
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
export function newsSince(reader: Reader, since: string): News[] {
  const fresh = reader.newEvaluations(since);
  const touched = reader
    .experiments()
    .filter(({ name }) => (fresh[name] ?? 0) > 0)
    .slice(0, maxExperiments);
  const whole = withAllRuns(reader);
  const originOf = originsOf(whole);
  return touched.flatMap(({ name }) => newsOf(curvesFrom(whole, name, originOf), since));
}

/**
 * @file What changed between two states of an experiment: students that are new, and verdicts that are others than they were.
 *
 * A verdict changes with new seeds of its own and with the number of others that it is one family with; both are changes that
 * a meeting must see. Figures that moved within the same verdict are counted only.
 */
import type { Verdict } from "@sdtt/core/statistics";
import type { Gain } from "./matched.js";
import { gainText } from "./words.js";

export interface Change {
  readonly label: string;
  readonly steps: number;
  readonly kind: "new" | "verdict" | "gone";
  /** As in "1.26 [1.18, 1.35] better"; empty where there was or is none. */
  readonly before: string;
  readonly now: string;
  readonly verdict: Verdict | null;
}

export interface Difference {
  readonly changes: readonly Change[];
  /** Students at step counts whose figure is another under the same verdict, and those that are as they were. */
  readonly moved: number;
  readonly same: number;
}

const nameOf = ({ label, steps }: Gain): string => JSON.stringify([label, steps]);

function changeOf(was: Gain | undefined, is: Gain | undefined): Change | undefined {
  if (was?.verdict === is?.verdict && Boolean(was) === Boolean(is)) return undefined;
  const { label, steps } = (is ?? was) as Gain;
  const kind = was === undefined ? "new" : is === undefined ? "gone" : "verdict";
  const [before, now] = [was, is].map((gain) => (gain ? gainText(gain) : "")) as [string, string];
  return { label, steps, kind, before, now, verdict: is?.verdict ?? null };
}

/** Pairs of the same student at the same step count; the order is that of now, what is gone last. */
export function differenceOf(before: readonly Gain[], now: readonly Gain[]): Difference {
  const known = new Map(before.map((gain) => [nameOf(gain), gain]));
  const left = new Set(known.keys());
  const changes: Change[] = [];
  let [moved, same] = [0, 0];
  for (const gain of now) {
    left.delete(nameOf(gain));
    const was = known.get(nameOf(gain));
    const change = changeOf(was, gain);
    if (change) changes.push(change);
    else if (was?.gain?.mean === gain.gain?.mean) same++;
    else moved++;
  }
  for (const name of left) changes.push(changeOf(known.get(name), undefined) as Change);
  return { changes, moved, same };
}

/** @file Whether MAUVE can tell anything here: held-out text must stand clearly above the same words shuffled. */

import { formatNumber } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";

type Level = Pick<EvaluationRecord, "value" | "stderr"> | undefined;

/** Standard errors, of the clusterings alone, that ceiling and floor must be apart; texts vary by more than those say. */
const apart = 3;

const always = "±: standard error over clusterings of the same texts; other texts differ by more";

/** What stands under a table of MAUVE. */
export function mauveNotes(ceiling: Level, floor: Level, n: number): string[] {
  if (!floor) return [always];
  if (!ceiling) {
    return [
      always,
      `no ceiling: there are fewer than ${n} held-out texts that are no prompts, so that no value is high or low`,
    ];
  }
  const [high, low] = [ceiling.value, floor.value];
  if (high - low > apart * Math.hypot(ceiling.stderr ?? 0, floor.stderr ?? 0)) return [always];
  const levels = `other held-out text has ${formatNumber(high)} and shuffled words have ${formatNumber(low)}`;
  return [
    always,
    `MAUVE cannot tell texts apart at n = ${n} of this length: ${levels}; take more prompts, or longer ones`,
  ];
}

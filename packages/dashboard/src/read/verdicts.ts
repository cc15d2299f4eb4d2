/**
 * @file What a meeting may find about an experiment, in words.
 */
import type { Verdict } from "@sdtt/core/store";

export const verdictTitles: Record<Verdict, string> = {
  better: "better",
  "no-change": "no change",
  worse: "worse",
  inconclusive: "inconclusive",
  broken: "broken",
};

export const verdicts = Object.keys(verdictTitles) as [Verdict, ...Verdict[]];

/**
 * @file What a meeting may find about an experiment, in words.
 */
import type { NoteVerdict } from "@sdtt/core/store";

export const verdictTitles: Record<NoteVerdict, string> = {
  better: "better",
  "no-change": "no change",
  worse: "worse",
  inconclusive: "inconclusive",
  broken: "broken",
};

export const verdicts = Object.keys(verdictTitles) as [NoteVerdict, ...NoteVerdict[]];

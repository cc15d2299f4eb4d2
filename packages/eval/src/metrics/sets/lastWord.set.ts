/** @file Last words of the held-out documents of a text, 40 words a passage. */
import type { DataSet } from "../dataSet.js";
import { openPassages, passageFigures, passageSet } from "../lastWord/passages.js";

const set: DataSet = {
  needs: "dataset",
  name: "last-word",
  figures: (causal) => passageFigures("last-word", causal),
  open: async (corpus, asked) => openPassages(await passageSet({ source: "last-word", corpus, words: 40 }), asked),
};
export default set;

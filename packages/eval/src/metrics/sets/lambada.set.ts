/** @file LAMBADA, as the part `last-word` of a report and `eval:lambada` measure it. */
import type { DataSet } from "../dataSet.js";
import { openPassages, passageFigures, passageSet } from "../lastWord/passages.js";

const set: DataSet = {
  needs: "dataset",
  name: "lambada",
  figures: (causal) => passageFigures("lambada", causal),
  open: async (path, asked) => openPassages(await passageSet({ source: path, corpus: "none", words: 2 }), asked),
};
export default set;

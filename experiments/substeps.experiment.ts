/**
 * The paper found 4 and 8 worse than 2. Δ after the last round is the same: more substeps take fewer rounds.
 */
import { defineExperiment, list, zip } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `substeps-${size}`,
  question: "Are more teacher substeps in one round better than more rounds of two?",
  axes: [zip(list("rounds.substeps", [2, 4, 8]), list("rounds.count", [4, 2, 1]))],
  seeds: [1, 2, 3],
}));

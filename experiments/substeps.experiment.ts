/**
 * The paper found 4 and 8 worse than 2. A student's last step is the same: more substeps take fewer rounds, 8 of them from a Δ twice as long.
 */
import { defineExperiment, list, zip } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => {
  const first = size === "embedded" ? 32 : 1024;
  return {
    ...study(size),
    name: `substeps-${size}`,
    question: "Are more teacher substeps in one round better than more rounds of two?",
    axes: [
      zip(
        list("rounds.substeps", [2, 4, 8]),
        list("rounds.count", [4, 2, 1]),
        list("rounds.initialSteps", [first, first, first / 2]),
      ),
    ],
    seeds: [1, 2, 3],
  };
});

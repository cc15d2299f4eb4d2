/**
 * The published code's first teacher substep reveals less than its share; published numbers were probably made with it.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `time-grid-${size}`,
  question: "What does the time grid of the published code change?",
  axes: [list("rounds.grid", ["paper", "published-code"])],
  seeds: [1, 2, 3],
}));

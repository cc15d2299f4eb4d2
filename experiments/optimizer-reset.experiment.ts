/**
 * The published code keeps both from round to round.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `optimizer-reset-${size}`,
  question: "Should a round begin with fresh moments and a fresh average?",
  axes: [list("rounds.resetOptimizer", [false, true])],
  seeds: [1, 2, 3],
}));

/**
 * The paper's default is the raw student; it says that an EMA of 0.999 may slightly improve. DUO found raw weights better.
 */
import { defineExperiment, list, when } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `ema-teacher-${size}`,
  question: "Should the next teacher be the student itself or its moving average, and how long an average?",
  axes: [list("rounds.weights", ["raw", "ema"]), when({ "rounds.weights": "ema" }, list("rounds.ema", [0.99, 0.999]))],
  seeds: [1, 2, 3],
}));

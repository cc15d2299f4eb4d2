/**
 * The paper: rounds of 5 000 or 2 500 instead of 10 000 updates hurt MAUVE but slightly help gen-PPL.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `round-length-${size}`,
  question: "How many updates should a round have?",
  axes: [list("rounds.updates", size === "embedded" ? [40, 80, 160, 320] : [2_500, 5_000, 10_000])],
  seeds: [1, 2, 3],
}));

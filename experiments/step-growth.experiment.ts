/**
 * The paper's negative result: growing the step continuously diverged after 30 to 50 updates. Here rounds become so short
 * that they are no rounds any more; Δ is doubled as often in all of them.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study, withRounds } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...withRounds(study(size), { warmup: 0, schedule: "constant" }),
  name: `step-growth-${size}`,
  question: "What happens when the teacher's step grows every few updates instead of once a round?",
  axes: [list("rounds.updates", size === "embedded" ? [5, 20, 80] : [5, 50, 10_000])],
  seeds: [1, 2, 3],
}));

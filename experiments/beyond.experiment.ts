/**
 * Objectives beside SDTT's at equal updates: AlphaDLM's loss at the k that do not collapse, coupled draws from the AR baseline, commit-time
 * targets, a mixture, distribution matching; from the same teacher, on the same rows under the same masks. What of it is sharpening is taken
 * off: the result is the gain at matched entropy.
 */
import { defineExperiment, list, when } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `beyond-${size}`,
  question:
    "Does a student that learns rows as a whole write better than SDTT's at the same steps, entropy and updates?",
  axes: [
    list("rounds.objective", ["sdtt", "alpha", "gumbel", "commit", "mixture", "matching"]),
    when({ "rounds.objective": "alpha" }, list("rounds.alpha", [0.5, 1])),
  ],
  seeds: [1, 2, 3],
}));

/**
 * The divergence study cut short: one round of few updates and few samples, three seeds. About an hour on two cores.
 */
import { defineExperiment, list } from "@sdtt/experiments";

export default defineExperiment({
  name: "divergences-short",
  question: "Which divergence, with two or four substeps, makes the better student after one short round?",
  stages: ["rounds", "curve"],
  base: {
    rounds: { count: 1, updates: 60, initialSteps: 8, warmup: 10, checkpointEvery: 20 },
    curve: { steps: [4, 8], samples: 64, of: ["teacher", "last-round"] },
  },
  axes: [
    list("rounds.divergence", ["reverse-kl", "forward-kl", "total-variation", "log-mse"]),
    list("rounds.substeps", [2, 4]),
  ],
  seeds: [1, 2, 3],
  result: { metric: "gain-at-entropy", steps: 4 },
});

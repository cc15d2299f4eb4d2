/** `sdtt sweep --spec=ownDivergence.experiment.ts`: one's own divergence beside the paper's, seed by seed. */
import { defineExperiment, list } from "@sdtt/experiments";

export default defineExperiment({
  name: "own-divergence",
  question: "Does Jeffreys' divergence make a better student than the reverse KL?",
  stages: ["rounds", "curve"],
  base: {
    rounds: { count: 1, updates: 2, sequences: 2, warmup: 0, engine: "onnx" },
    curve: { of: ["last-round"], steps: [1], samples: 4 },
  },
  axes: [list("rounds.divergence", ["reverse-kl", "ownDivergence.ts"])],
  seeds: [1],
  result: { metric: "gain-at-entropy", steps: 1, temperatures: [1.3, 1, 0.7] },
});

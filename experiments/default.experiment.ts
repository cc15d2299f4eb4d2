/**
 * The default experiment: five rounds from the embedded teacher by three seeds, judged where steps are few.
 *
 * `experiments:default` runs it and writes README.md, with what a definition does not say: cells of more steps, the teacher's own, null
 * rounds and equal updates beside each seed, AR and real text (docs/decisions/0012-default-experiment.md).
 */
import { defineExperiment } from "@sdtt/experiments";

export default defineExperiment({
  name: "default",
  question: "Are rounds worth more than a temperature of their teacher, where steps are few?",
  stages: ["rounds", "curve", "lambada"],
  base: {
    rounds: { count: 5, updates: 80 },
    curve: { steps: [4, 8], samples: 256, of: ["teacher", "each-round"] },
    lambada: { of: ["teacher", "each-round"] },
  },
  seeds: [1, 2, 3],
  result: { metric: "gain-at-entropy", steps: 8, temperatures: [1, 0.95, 0.9, 0.8] },
});

/**
 * The field's samplers on the embedded teacher, without training: each draws what the teacher's own temperatures, which ship, are read against.
 *
 * The table at matched entropy and equal cost is `eval:report --no-measure --only=samplers` over the same root (docs/methods.md).
 */
import { defineExperiment, list } from "@sdtt/experiments";

export default defineExperiment({
  name: "methods",
  question: "What do the samplers of the field give in few steps, at equal entropy and equal cost?",
  stages: ["curve"],
  base: { curve: { steps: [4, 8, 16], samples: 64, of: ["teacher"] } },
  axes: [list("curve.sampler", ["spaced", "energy:2", "sliding:64", "sliding:64:16", "seeded:8"])],
  seeds: [1],
  result: { metric: "gen-ppl", definition: "gen-ppl-retokenised@1", steps: 8 },
});

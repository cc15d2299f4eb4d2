/**
 * The field's samplers, without training: each on the embedded teacher, and where it is claimed for a student on the one of round 5, which ships.
 *
 * Seeds are of the draws: the checkpoints are one training each. `experiments:methods` draws this, what needs a datastore or a calibration
 * first, and times, and writes docs/methods.md; the teacher's ancestral steps at all temperatures, which all is read against, are there
 * already (experiments/default.json).
 */
import { defineExperiment, list, when, zip } from "@sdtt/experiments";

/** A line a system: how it draws, and from what. */
const systems = [
  ["spaced", "teacher"],
  ["spaced+guided:0.5", "teacher"],
  ["energy:2", "teacher"],
  ["seeded:8", "teacher"],
  ["sliding:64", "teacher"],
  ["sliding:64:16", "teacher"],
  ["remdm-cap", "teacher"],
  ["ancestral", "round-5"],
  ["spaced", "round-5"],
  ["energy:2", "round-5"],
  ["verified:0.1", "round-5"],
  ["speculative", "round-5"],
] as const;

export default defineExperiment({
  name: "methods",
  question: "What do the samplers of the field give in few steps, at equal entropy and equal cost?",
  stages: ["curve"],
  base: { curve: { steps: [4, 8, 16, 32, 64], samples: 32, of: ["teacher"] } },
  axes: [
    zip(
      list(
        "curve.sampler",
        systems.map(([sampler]) => sampler),
      ),
      list(
        "curve.checkpoint",
        systems.map(([, model]) => model),
      ),
    ),
    // The law is AR's at any number of steps, which are the length of a draft; a sample takes as long as some hundred steps.
    when({ "curve.sampler": "speculative" }, zip(list("curve.steps", [[16]]), list("curve.samples", [16]))),
  ],
  seeds: [1, 2, 3],
  result: { metric: "gen-ppl", definition: "gen-ppl-retokenised@1" },
});

/**
 * Why published rounds sharpen even at Δ = 1/1024, where there is nothing to learn: a round of one substep, whose target is the
 * teacher's own prediction, with dropout in the student, in the teacher, in both apart, and in both under one mask. Where
 * neither has any, nothing moves.
 */
import { defineExperiment, list, zip } from "@sdtt/experiments";
import { study, withRounds } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...withRounds(study(size), { control: "null", substeps: 1, count: 2 }),
  name: `null-round-${size}`,
  question: "Does dropout alone, with no step in time, sharpen a student as rounds do?",
  axes: [
    zip(
      list("rounds.dropout", [0, 0.1, 0.2, 0, 0, 0.1, 0.1]),
      list("rounds.teacherDropout", [0, 0, 0, 0.1, 0.2, 0.1, 0.1]),
      list("rounds.sharedDropout", [false, false, false, false, false, false, true]),
    ),
    list("rounds.divergence", ["reverse-kl", "forward-kl"]),
    list("rounds.weights", ["raw", "ema"]),
  ],
  seeds: [1, 2, 3],
}));

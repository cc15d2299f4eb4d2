/**
 * An open question: the published student has dropout 0.1, its teacher none; a student that matches under noise
 * may be sharper without it.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `student-dropout-${size}`,
  question: "Does dropout in the student, and none in the teacher, explain why rounds sharpen at every step count?",
  axes: [list("rounds.dropout", [0, 0.1])],
  seeds: [1, 2, 3],
}));

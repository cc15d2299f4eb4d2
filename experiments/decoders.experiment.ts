/**
 * Copies of the student's last block, one for each interval of a row's share of masks, from the same teacher, on the same rows under the same
 * masks. An update takes 1.2 times the operations of a plain one; that is the first cell of self-conditioning.experiment.ts.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `decoders-${size}`,
  question: "Does a student with copies of its last block write better at the same steps and entropy?",
  axes: [list("rounds.decoders", [2, 4])],
  seeds: [1, 2, 3],
}));

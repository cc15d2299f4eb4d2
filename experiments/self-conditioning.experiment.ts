/**
 * Self-conditioning in rounds: the student is told what it said of its row in the step before, from the same teacher, on the same rows under the
 * same masks. It costs a first pass of every second row: 1.2 times the operations of an update.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `self-conditioning-${size}`,
  question: "Does a student that is told what it said in the step before write better at the same steps and entropy?",
  axes: [list("rounds.selfConditioning", [false, true])],
  seeds: [1, 2, 3],
}));

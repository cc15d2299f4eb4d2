/**
 * The paper found the same conclusions with a loss in float64 and in bfloat16; PGM (arXiv 2505.18883, table 7) lost 7 % of
 * gen-PPL at 32 steps by bfloat16. Our engines have float32 and, by rounding, bfloat16.
 */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `loss-precision-${size}`,
  question: "Does a loss in bfloat16 make a worse student than one in float32?",
  axes: [list("rounds.lossPrecision", ["float32", "bfloat16"])],
  seeds: [1, 2, 3],
}));

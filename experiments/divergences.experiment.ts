/** Which divergence, with how many teacher substeps? (SDTT, section 5: reverse KL, m = 2; more substeps were worse.) */
import { defineExperiment, list } from "@sdtt/experiments";
import { study } from "./presets.js";

export default defineExperiment(({ size }) => ({
  ...study(size),
  name: `divergences-${size}`,
  question: "Which divergence and how many teacher substeps make the student that writes best in few steps?",
  axes: [
    list("rounds.divergence", ["reverse-kl", "forward-kl", "total-variation", "log-mse"]),
    list("rounds.substeps", [2, 4, 8]),
  ],
  seeds: [1, 2, 3],
}));

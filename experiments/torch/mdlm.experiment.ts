/**
 * @file A teacher that PyTorch trains, on as many nodes as there are, judged here: what a stage `command` looks like.
 *
 *   npx nx run distill:prepare --source=embedded --vocab=1024 --out=.sdtt/data/torch
 *   PATH=VENV/bin:$PATH npx nx run experiments:sweep --spec=experiments/torch/mdlm.experiment.ts [--launcher=slurm]
 */
import { join } from "node:path";
import { defineExperiment, list } from "@sdtt/experiments";

const data = ".sdtt/data/torch";

export default defineExperiment({
  name: "mdlm-by-torch",
  question: "Which learning rate does an external trainer need?",
  stages: ["command", "curve"],
  base: {
    command: {
      run: [
        ...["torchrun", "--nnodes={nodes}", "--nproc-per-node={processes}", "--rdzv-backend=c10d", "--rdzv-id={port}"],
        ...["--rdzv-endpoint={master}:{port}", join(import.meta.dirname, "train_mdlm.py"), `--data=${data}`],
        ...["--out={out}", "--seed={seed}", "--lr={lr}", "--updates={updates}"],
      ],
      values: { updates: 200 },
      reads: [join(import.meta.dirname, "denoiser.py"), `${data}/manifest.json`],
      tokenizer: `${data}/tokenizer.json`,
      ...{ format: "mdlm", nodes: 2, processes: 1, memoryMiB: 900 },
    },
    curve: { steps: [8, 32] },
  },
  axes: [list("command.lr", [1e-3, 3e-3])],
  result: { metric: "gen-ppl", definition: "gen-ppl-retokenised@1", steps: 8 },
});

/**
 * @file How much memory a stage will need: an estimate, held against measurements in docs/real-size.md.
 *
 * Counted are copies of the parameters, and what a forward and backward pass keeps for one microbatch.
 */

import { type ModelConfig, modelParameters } from "../model/presets.js";
import { parameterCount } from "../nn/params.js";
import { headChunkFor } from "../optim/headLoss.js";
import { trainedPositions } from "./flops.js";

export interface MemoryPart {
  readonly what: string;
  readonly bytes: number;
}

/** Node, its libraries and the compiled graphs. */
const processBytes = 0.3 * 2 ** 30;

const parameterBytes = (model: ModelConfig): number => 4 * parameterCount(modelParameters(model));

/** Rows of D and of H·L floats a token and block that are held at once; chosen above what `real-size` showed. */
const kept = { training: { width: 24, scores: 1.5 }, forward: { width: 14, scores: 2 } } as const;

function activationBytes(model: ModelConfig, rows: number, mode: "training" | "forward"): number {
  const { width, heads, length, blocks } = model;
  const perToken = kept[mode].width * width + kept[mode].scores * heads * length;
  // A forward pass on its own frees each block before the next.
  return 4 * rows * length * perToken * (mode === "training" ? blocks : 1);
}

/** Arrays of [chunk, V] that the head's loss and gradient need at once. */
const logitCopies = 5;

function headBytes({ vocabSize }: ModelConfig, positions: number): number {
  return 4 * logitCopies * headChunkFor(vocabSize, Math.max(1, Math.ceil(positions))) * vocabSize;
}

export interface TrainingMemory {
  readonly microbatch: number;
  /** A round's teacher; it has the student's sizes. */
  readonly teacher: boolean;
  /** A network that learns beside the student, with its sizes. */
  readonly critic?: boolean;
}

/** Memory of `pretrain` or `round`, largest parts first told apart by what they are. */
export function trainingMemory(model: ModelConfig, { microbatch, teacher, critic }: TrainingMemory): MemoryPart[] {
  const P = parameterBytes(model);
  const positions = trainedPositions(model, microbatch * model.length);
  const targets = teacher ? 2 * 4 * positions * model.vocabSize : 0;
  return [
    { what: "parameters, two moments, EMA", bytes: 4 * P },
    { what: "gradients of the microbatches so far", bytes: P },
    { what: "weights that training began with", bytes: 2 * P },
    ...(teacher ? [{ what: "teacher, and its targets of one microbatch", bytes: 0.5 * P + targets }] : []),
    ...(critic
      ? [{ what: "critic, its moments and gradients, and what both are held against", bytes: 6 * P + 2 * targets }]
      : []),
    {
      what: "one microbatch forward and backward, or a checkpoint's copy of the state",
      bytes: Math.max(
        4 * P,
        (critic ? 2 : 1) * (activationBytes(model, microbatch, "training") + headBytes(model, positions)),
      ),
    },
    { what: "process", bytes: processBytes },
  ];
}

/** Memory of sampling or scoring `rows` sequences, the head at `positions` at once. */
export function inferenceMemory(model: ModelConfig, rows: number, positions: number): MemoryPart[] {
  const P = parameterBytes(model);
  const folded = model.kind === "dit" ? 0.5 * P : 0;
  const logits = 4 * positions * model.vocabSize;
  return [
    { what: "weights", bytes: P + folded },
    { what: "one forward pass", bytes: activationBytes(model, rows, "forward") + headBytes(model, positions) + logits },
    { what: "process", bytes: processBytes },
  ];
}

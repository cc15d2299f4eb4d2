/** @file What is trained: a loss, its batches, and what it is held against. Pre-training is one, a round another. */
import type { TensorMap } from "@sdtt/core/base";
import type { ModelConfig } from "@sdtt/core/model";
import type { HeadLoss } from "@sdtt/core/optim";
import type { BatchCursor } from "@sdtt/core/text";
import type { LiveStudent } from "./liveStudent.js";

/** Rows of a batch that go through the network together. */
export interface Part {
  readonly inputs: TensorMap;
  /** Rows the vocabulary head is computed for; one program is compiled per capacity. */
  readonly capacity: number;
}

export interface Batch {
  /**
   * The microbatches, each made when it is needed; one where the whole batch fits into memory.
   *
   * @param student the network that is being trained, as it is before this update and without dropout, for who learns from what it does
   */
  readonly parts: readonly ((student?: LiveStudent) => Promise<Part>)[];
  readonly cursor: BatchCursor;
}

export interface Task {
  readonly label: string;
  readonly model: ModelConfig;
  /** A second network that learns beside the model, for training alone: its parameters are named `critic.…`. */
  readonly critic?: ModelConfig | undefined;
  /** Tokens that go through the network in one update: a row that comes twice counts twice. */
  readonly tokensPerUpdate: number;
  /** A sum over positions, weighted so that the sum over all parts is the loss of the batch. */
  readonly loss: HeadLoss;
  /** Positions whose logits are held at once; left out, as many as fit 64 MiB. */
  readonly headChunk?: number | undefined;
  /** The batch of update n (counting from 1): a pure function of n, the cursor, and the student. */
  batch(n: number, cursor: BatchCursor): Promise<Batch>;
  readonly validation?: Validation | undefined;
}

/** Loss on held-out text. */
export interface Validation {
  /** What it is, as in `nelbo@2`. */
  readonly definition: string;
  /** Under these weights, nats per token. */
  loss(weights: TensorMap): Promise<number>;
}

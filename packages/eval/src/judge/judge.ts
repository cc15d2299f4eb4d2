/**
 * @file A judge: a GPT-2 in a folder, as published or imported, with its own tokenizer.
 *
 *   config.json · model.safetensors, in shards or not · tokenizer.json (as on the hub), or a checkpoint or round of ours
 *
 * Its identity is the hash of its weights by our names, so a judge counts as the same however its files are written.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  assetPath,
  type Engine,
  loadTokenizer,
  type ModelConfig,
  readPublished,
  rootFolder,
  type TensorMap,
  type Tokenizer,
  tokenizerOf,
  userError,
  weightsHash,
} from "@sdtt/core";
import { type Checkpoint, openCheckpoint } from "../record/checkpoint.js";
import { type FeatureScorer, openScorer, type Scorer } from "./scorer.js";

export interface Judge extends Scorer {
  /** `weightsHash` of its weights. */
  readonly hash: string;
  readonly tokenizer: Tokenizer;
  /** What a user calls it: "embedded", a run of one's own, or the folder. */
  readonly name: string;
}

/** As tables name it, so that no figure is read as another judge's. */
export const judgeText = ({ hash, name }: Pick<Judge, "hash" | "name">): string =>
  `judge ${hash.slice(0, 12)}: ${name}`;

interface JudgeWeights {
  readonly model: ModelConfig;
  readonly weights: TensorMap;
  readonly hash: string;
  /** Where it is a checkpoint of ours, and so has a tokenizer that is known by its hash. */
  readonly own?: Checkpoint;
}

const isOwn = (folder: string): boolean =>
  !existsSync(join(folder, "config.json")) &&
  ["state.json", "checkpoints"].some((name) => existsSync(join(folder, name)));

/** Reads architecture and weights of a judge's folder. Throws   UserError when they are not a GPT-2's, or do not fit */
export function readJudge(folder: string): JudgeWeights {
  if (!isOwn(folder)) {
    const { model, tensors } = readPublished(folder, "gpt2");
    return { model, weights: tensors, hash: weightsHash(tensors) };
  }
  const own = openCheckpoint(folder, "student");
  const { model, tensors, hash } = own;
  if (model.kind === "gpt2") return { model, weights: tensors, hash, own };
  throw userError(`judge ${folder}`, "the judge must be a GPT-2", `a ${model.kind}`, "Give another --judge.");
}

/** Opens the judge in `folder`; left out, the embedded one. One of ours finds its tokenizer in `root` too. */
export function openJudge(
  engine: Engine,
  folder: string = assetPath("judge"),
  root: string = rootFolder(),
): Judge & FeatureScorer {
  const { model, weights, hash, own } = readJudge(folder);
  const tokenizer = own ? tokenizerOf(own, { root }) : loadTokenizer(folder);
  if (tokenizer.vocabSize > model.vocabSize) {
    const got = `${tokenizer.vocabSize} ids in tokenizer.json`;
    throw userError(
      `judge ${folder}`,
      `the model knows ${model.vocabSize} ids`,
      got,
      "Take the judge's own tokenizer.",
    );
  }
  const name = own ? own.text : folder === assetPath("judge") ? "embedded" : folder;
  return { ...openScorer(engine, model, weights), hash, tokenizer, name };
}

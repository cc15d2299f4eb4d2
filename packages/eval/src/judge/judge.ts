/**
 * @file A judge: a GPT-2 in a folder, as published or imported, with its own tokenizer.
 *
 *   config.json · model.safetensors, in shards or not · tokenizer.json (as on the hub), or a checkpoint or round of ours
 *
 * Its identity is the hash of its weights by our names, and of a tokenizer that is not the usual one, so a judge counts
 * as the same however its files are written.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TensorMap, userError } from "@sdtt/core/base";
import { readPublished, weightsHash } from "@sdtt/core/checkpoint";
import { rootFolder } from "@sdtt/core/cli";
import type { Engine } from "@sdtt/core/engine";
import type { ModelConfig } from "@sdtt/core/model";
import { loadTokenizer, type Tokenizer, tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { type Checkpoint, openCheckpoint } from "../record/checkpoint.js";
import { hashOf } from "../record/hash.js";
import { type FeatureScorer, openScorer, type Scorer } from "./scorer.js";

export interface Judge extends Scorer {
  /** Of its weights, and of its tokenizer where that is not the usual one. */
  readonly hash: string;
  readonly tokenizer: Tokenizer;
  /** What a user calls it: "embedded", a run of one's own, or the folder. */
  readonly name: string;
  /** Whether it is the one that comes with the project, which has read the embedded text. */
  readonly isEmbedded: boolean;
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
  ["state.json", "checkpoints", "round-0"].some((name) => existsSync(join(folder, name)));

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

/** GPT-2's own tokenizer, by its hash: 50 000 merges over bytes and <|endoftext|>. */
const gpt2Tokenizer = "d21970f973d91ae7e72492e7be71936686ef9f8d1b3313eee45cdccb95233825";

/**
 * What a judge is known by: its weights alone where its tokenizer is the one that goes with them, GPT-2's or the embedded
 * judge's; else both, since another tokenizer.json beside the same weights gives other figures.
 */
function judgeHash(weights: string, tokenizer: Tokenizer): string {
  const usual = () => [gpt2Tokenizer, loadTokenizer(assetPath("judge")).hash];
  return usual().includes(tokenizer.hash) ? weights : hashOf(weights, tokenizer.hash);
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
  const isEmbedded = folder === assetPath("judge");
  const name = own ? own.text : isEmbedded ? "embedded (King James Bible)" : folder;
  return { ...openScorer(engine, model, weights), hash: judgeHash(hash, tokenizer), tokenizer, name, isEmbedded };
}

/**
 * @file From a finished pre-training run to an asset folder with its card.
 *
 * The EMA weights are packed, as `model.safetensors`: one set of weights, no optimizer.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AssetName,
  assetPath,
  findTokenizer,
  loadTokenizer,
  loadWeights,
  modelParameters,
  parameterCount,
  preparedFolders,
  readTexts,
  saveCheckpoint,
  type Tokenizer,
  userError,
  weightsHash,
  writeFileAtomic,
  writePublished,
} from "@sdtt/core";
import { openStore } from "@sdtt/core/store";
import { type CheckpointState, progressOf, roundFolder, storePath } from "@sdtt/distill";
import { commandOf, type Stage } from "../default/stages.js";

export interface Card {
  readonly what: string;
  readonly command: string;
  readonly weights: "ema";
  readonly hash: string;
  readonly parameters: number;
  readonly updates: number;
  readonly tokensSeen: number;
  readonly corpus: { readonly source: string; readonly hash: string };
  readonly tokenizer: { readonly hash: string; readonly vocabSize: number };
  /** On the held-out documents; a denoiser's figure is the NELBO, an upper bound. */
  readonly validation: {
    readonly kind: "nelbo" | "nll";
    readonly natsPerToken: number;
    readonly bitsPerCharacter: number;
  };
  readonly seed: number;
  readonly engine: string;
  readonly machine: string;
  readonly commit: string;
  readonly updateSeconds: number;
  readonly config: Readonly<Record<string, unknown>>;
}

const descriptions: Record<AssetName, string> = {
  teacher: "masked-diffusion denoiser (round 0), trained under the NELBO",
  judge: "GPT-2 architecture with a tokenizer of its own, scores what others write",
  ar: "the teacher's trunk in causal form: the autoregressive baseline",
};

/** Characters per token over the validation documents, end-of-text tokens counted. */
async function charactersPerToken(source: string, tokenizer: Tokenizer): Promise<number> {
  let [characters, tokens] = [0, 0];
  for await (const text of readTexts(source, "validation")) {
    characters += text.length;
    tokens += tokenizer.encode(text).length + 1;
  }
  return characters / tokens;
}

function trainingFacts(root: string, name: string) {
  const store = openStore(storePath(root), { readonly: true });
  try {
    const points = store.trainPoints(`${name}/round-0`);
    const loss = points.findLast(({ validationLoss }) => validationLoss != null)?.validationLoss;
    const wallMs = points.reduce((sum, point) => sum + (point.wallMs ?? 0), 0);
    const machine = store.run(`${name}/round-0`)?.machine ?? "unknown";
    if (loss == null) {
      throw userError(`asset ${name}`, "the run must have a validation loss", "none", "Train it with this project.");
    }
    return { loss, wallMs, machine, tokens: points.at(-1)?.tokens ?? 0 };
  } finally {
    store.close();
  }
}

async function cardOf(
  name: AssetName,
  root: string,
  stage: Stage,
  state: CheckpointState,
  hash: string,
  tokenizer: Tokenizer,
): Promise<Card> {
  const { loss, wallMs, machine, tokens } = trainingFacts(root, name);
  const source = String(state.config.source);
  return {
    what: descriptions[name],
    command: commandOf(stage),
    weights: "ema",
    hash,
    parameters: parameterCount(modelParameters(state.model)),
    updates: state.update,
    tokensSeen: tokens,
    corpus: { source, hash: state.corpusHash },
    tokenizer: { hash: tokenizer.hash, vocabSize: tokenizer.vocabSize },
    validation: {
      kind: name === "teacher" ? "nelbo" : "nll",
      natsPerToken: loss,
      bitsPerCharacter: loss / Math.LN2 / (await charactersPerToken(source, tokenizer)),
    },
    seed: state.seed,
    engine: state.engine,
    machine,
    commit: state.commit,
    updateSeconds: Math.round(wallMs / 1000),
    config: state.config,
  };
}

/** The tokenizer that the run was trained with, found by its hash under ROOT/data. */
function tokenizerPath(root: string, hash: string): string {
  const found = findTokenizer(hash, preparedFolders(root));
  if (found) return join(found.place, "tokenizer.json");
  throw userError("pack", "the run's tokenizer must be under ROOT/data", hash, "Run `experiments:embedded` again.");
}

/** Writes the asset folder of a finished run, the judge's as on the hub, and returns its card. */
export async function packAsset(name: AssetName, root: string, stage: Stage): Promise<Card> {
  const found = progressOf(roundFolder(root, name, 0));
  if (!found?.isDone) {
    const got = found ? `update ${found.facts.update} of ${found.facts.updates}` : "no checkpoint";
    throw userError(`asset ${name}`, "its run must be finished", got, "Run `npx nx run experiments:embedded` again.");
  }
  const folder = assetPath(name);
  const weights = loadWeights(found.path, "ema") ?? loadWeights(found.path, "model");
  if (name === "judge") writePublished(folder, found.facts.model, weights, { format: "gpt2", floats: "F32" });
  else saveCheckpoint(folder, { model: weights, state: { ...found.facts } });
  const path = tokenizerPath(root, found.facts.tokenizerHash);
  const card = await cardOf(name, root, stage, found.facts, weightsHash(weights), loadTokenizer(path));
  copyFileSync(path, join(folder, "tokenizer.json"));
  writeFileAtomic(join(folder, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

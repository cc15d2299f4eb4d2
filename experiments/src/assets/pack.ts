/**
 * @file From finished runs to asset folders: weights in few bytes, tokenizer and card beside them.
 *
 * Teacher and AR baseline in half precision, the judge too, in the hub's form; each student as a difference from the one
 * before. Every packed model is held against the one that was trained, on held-out text.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { type TensorMap, userError } from "@sdtt/core/base";
import {
  type CheckpointState,
  findCheckpoint,
  loadWeights,
  readPublished,
  saveCheckpoint,
  writePublished,
} from "@sdtt/core/checkpoint";
import type { Engine } from "@sdtt/core/engine";
import { writeFileAtomic } from "@sdtt/core/files";
import type { ModelConfig } from "@sdtt/core/model";
import { findTokenizer, loadTokenizer, openShard, preparedFolders, type Tokenizer } from "@sdtt/core/text";
import { roundFolder } from "@sdtt/core/workspace";
import { progressOf } from "@sdtt/distill/runs";
import { validator } from "@sdtt/distill/training";
import { withoutPlaces } from "../files/places.js";
import { type Card, cardOf, type Loss } from "./card.js";
import { type Place, type Pretrained, studentFolder, studentsRun } from "./stages.js";

const descriptions: Record<Pretrained, string> = {
  teacher: "masked-diffusion denoiser (round 0)",
  judge: "GPT-2 architecture with a tokenizer of its own, scores what others write",
  ar: "the teacher's trunk in causal form: the autoregressive baseline",
};

interface Made {
  readonly weights: "ema" | "raw";
  readonly trained: TensorMap;
  readonly state: CheckpointState;
  /** Folder of its prepared text. */
  readonly data: string;
  readonly tokenizer: Tokenizer;
}

/** A finished round's own choice of weights, and the tokenizer that it was trained with. */
function finished(folder: string, what: string, root: string): Made {
  const found = progressOf(folder);
  if (!found?.isDone) {
    const got = found ? `update ${found.facts.update} of ${found.facts.updates}` : "no checkpoint";
    throw userError(what, "its run must be finished", got, "Run `npx nx run experiments:embedded` again.");
  }
  const chosen = found.facts.round === 0 ? "ema" : findCheckpoint(found.path, "student").weights;
  const trained = loadWeights(found.path, chosen === "ema" ? "ema" : "model") ?? loadWeights(found.path, "model");
  const prepared = findTokenizer(found.facts.tokenizerHash, preparedFolders(root));
  if (!prepared) {
    const remedy = "Run `npx nx run experiments:embedded` again.";
    throw userError(what, "its tokenizer must be under ROOT/data", found.facts.tokenizerHash, remedy);
  }
  const data = prepared.place;
  return { weights: chosen, trained, state: found.facts, data, tokenizer: loadTokenizer(join(data, "tokenizer.json")) };
}

/** What state.json of an asset says: the run's, without places. */
function stateOf({ text, ...state }: CheckpointState) {
  const named = text && withoutPlaces({ source: text.source }).source;
  return { ...state, config: withoutPlaces(state.config), ...(named !== undefined && { text: { source: named } }) };
}

interface Packed {
  readonly folder: string;
  readonly packing: Card["packing"];
  readonly what: string;
  readonly runId: string;
  /** Writes the model and gives the weights that will be read. */
  write(folder: string, made: Made): TensorMap;
}

/** On all held-out text, in rows of the model's length. */
async function lossOf(engine: Engine, { state, data, tokenizer, trained }: Made, shipped: TensorMap): Promise<Loss> {
  const model = { ...state.model, dropout: 0 } as ModelConfig;
  const shard = openShard(join(data, "validation.bin"), tokenizer);
  const { length } = model;
  const sequences = Math.min(16, Math.floor(shard.count / length));
  const held = { shard, sequences, length, seed: 1 };
  const { definition, loss } = validator(engine, model, held, tokenizer.maskId, { batches: Number.POSITIVE_INFINITY });
  return { definition, trained: await loss(trained), shipped: await loss(shipped) };
}

async function packed(engine: Engine, place: Place, made: Made, asset: Packed): Promise<Card> {
  const shipped = asset.write(asset.folder, made);
  const { state, trained, weights, tokenizer } = made;
  const loss = await lossOf(engine, made, shipped);
  const card = await cardOf({ ...asset, root: place.root, state, weights, trained, shipped, tokenizer, loss });
  copyFileSync(join(made.data, "tokenizer.json"), join(asset.folder, "tokenizer.json"));
  writeFileAtomic(join(asset.folder, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

/** The judge is written as on the hub, and read back as one. */
function writeJudge(folder: string, { state, trained }: Made): TensorMap {
  writePublished(folder, state.model, trained, { format: "gpt2", floats: "F16" });
  return readPublished(folder).tensors;
}

export function packPretrained(engine: Engine, place: Place, name: Pretrained): Promise<Card> {
  const made = finished(roundFolder(place.root, name, 0), `asset ${name}`, place.root);
  return packed(engine, place, made, {
    folder: join(place.out, name),
    packing: "half",
    what: descriptions[name],
    runId: `${name}/round-0`,
    write(folder, one) {
      if (name === "judge") return writeJudge(folder, one);
      saveCheckpoint(folder, { model: one.trained, state: stateOf(one.state), packing: { form: "half" } });
      return loadWeights(folder, "model");
    },
  });
}

export function packStudent(engine: Engine, place: Place, round: number): Promise<Card> {
  const made = finished(studentFolder(place, round), `asset round-${round}`, place.root);
  return packed(engine, place, made, {
    folder: join(place.out, `round-${round}`),
    packing: "delta",
    what: `student of round ${round}: Δ = ${made.state.dt}, distilled from ${round === 1 ? "the teacher" : `round ${round - 1}`}`,
    runId: `${studentsRun}/round-${round}`,
    write(folder, { trained, state }) {
      const base = round === 1 ? "../teacher" : `../round-${round - 1}`;
      saveCheckpoint(folder, { model: trained, state: stateOf(state), packing: { form: "delta", base } });
      return loadWeights(folder, "model");
    },
  });
}

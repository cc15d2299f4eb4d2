/**
 * @file The text that a model was trained on, where it can be found: prepared text is known by the hash in its header.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "@sdtt/core/base";
import { embeddedDocuments, openShard, preparedFolders, splitOf, type Tokenizer } from "@sdtt/core/text";
import type { Checkpoint } from "../../record/checkpoint.js";
import type { TrainingText } from "../contract.js";

type Trained = Pick<Checkpoint, "corpusHash" | "config">;

/** Ids that are read at once. */
const windowIds = 1 << 20;

/** The training split of a folder that `prepare` made. Throws   UserError where there is none, or of another tokenizer */
function preparedText(folder: string, tokenizer: Tokenizer): TrainingText {
  const { ids, corpusHash } = openShard(join(folder, "train.bin"), tokenizer);
  return {
    hash: corpusHash,
    *pieces() {
      for (let at = 0; at < ids.length; at += windowIds) yield ids.subarray(at, at + windowIds);
    },
  };
}

function textIn(folder: string, tokenizer: Tokenizer): TrainingText | undefined {
  if (!existsSync(join(folder, "train.bin"))) return undefined;
  try {
    return preparedText(folder, tokenizer);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The embedded corpus without being prepared, where it still is what the hash says; as `prepare` hashes one piece. */
function embeddedText(name: "embedded" | "embedded:sotu", corpusHash: string, tokenizer: Tokenizer) {
  const documents = [...embeddedDocuments(name)].filter(({ text }) => text.trim() !== "");
  const hash = createHash("sha256");
  for (const { id, text } of documents) hash.update(`${JSON.stringify([id, text])}\n`);
  if (hash.digest("hex") !== corpusHash) return undefined;
  let encoded: readonly Int32Array[] | undefined;
  const pieces = () => {
    const train = () => documents.filter((document) => splitOf(document) === "train");
    encoded ??= train().map(({ text }) => Int32Array.from([...tokenizer.encode(text), tokenizer.endOfText]));
    return encoded;
  };
  return { hash: corpusHash, pieces };
}

/**
 * The training text of a model: the folder that is given, else the prepared one below ROOT/data (or where the run had it) whose
 * text has the hash that the checkpoint recorded, else the embedded corpus. Undefined where it is not there.
 *
 * Throws   UserError where a folder is given that holds no prepared text of this tokenizer
 */
export function trainingTextOf(
  { corpusHash, config }: Trained,
  tokenizer: Tokenizer,
  { data, root }: { readonly data?: string | undefined; readonly root: string },
): TrainingText | undefined {
  if (data !== undefined) return preparedText(data, tokenizer);
  if (!corpusHash) return undefined;
  const recorded = typeof config?.data === "string" ? [config.data] : [];
  for (const folder of [...recorded, ...preparedFolders(root)]) {
    const found = textIn(folder, tokenizer);
    if (found?.hash === corpusHash) return found;
  }
  const source = config?.source;
  if (source !== "embedded" && source !== "embedded:sotu") return undefined;
  return embeddedText(source, corpusHash, tokenizer);
}

/** `trainingTextOf`, each text once for all models that were trained on it. */
export function trainingTexts(
  tokenizer: Tokenizer,
  places: Parameters<typeof trainingTextOf>[2],
): (trained: Trained) => TrainingText | undefined {
  const known = new Map<string, TrainingText | undefined>();
  return (trained) => {
    const key = trained.corpusHash ?? "";
    if (!known.has(key)) known.set(key, trainingTextOf(trained, tokenizer, places));
    return known.get(key);
  };
}

/**
 * @file Odd texts written in one form and read again: the same documents, whole, in pieces, and after a stop.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RandomStream, UserError } from "@sdtt/core/base";
import {
  openShard,
  prepareShards,
  readDocuments,
  splitOf,
  splits,
  type Tokenizer,
  trainTokenizer,
} from "@sdtt/core/text";
import { type Written, written } from "./sourceForms.js";
import { chance, Fault, some, type Target } from "./target.js";
import { oddText } from "./texts.js";

const halves = ["\ud83d", "a\udc00b"];

/** Texts as they may be in a file: without the delimiter, which would cut them. */
export function drawTexts(random: RandomStream): string[] {
  const also = chance(random, 0.2) ? halves : [];
  const draw = () => oddText(random, 1 + random.integer(30), also).replaceAll("<|endoftext|>", "");
  return ["first", ...some(random, 12, draw)];
}

async function textsOf(path: string, documents: Written["documents"]): Promise<{ id: string; text: string }[]> {
  const all: { id: string; text: string }[] = [];
  for await (const { id, text } of readDocuments(path, { documents })) all.push({ id, text });
  return all;
}

let bytes: Tokenizer | undefined;
const byteTokenizer = (): Tokenizer => (bytes ??= trainTokenizer(["a b"], 257));

/** The training shard of a source that is prepared in small pieces and stopped once. */
async function prepared(path: string, out: string, documents: Written["documents"], random: RandomStream) {
  const tokenizer = byteTokenizer();
  const pieceBytes = 1 + random.integer(3000);
  const stopAt = 1 + random.integer(4);
  const job = { source: path, tokenizer, out, documents, pieceBytes, workers: 1 };
  const on = ({ step, pieces }: { step: string; pieces: number }) => {
    if (step === "committed" && pieces === stopAt) throw new Error("stopped");
  };
  await prepareShards({ ...job, on }).catch((error: Error) => {
    if (error.message !== "stopped") throw error;
  });
  await prepareShards(job);
  return splits.map((split) => {
    const { ids, count } = openShard(join(out, `${split}.bin`), tokenizer);
    return [split, tokenizer.decode(ids.subarray(0, count))] as const;
  });
}

export const readers: Target = {
  name: "readers",
  async run(random, folder) {
    const one = written(drawTexts(random), random);
    const path = join(folder, one.name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, one.bytes);
    const found = await textsOf(path, one.documents);
    const texts = found.map(({ text }) => text);
    const nonBlank = (all: readonly string[]) => all.filter((text) => text.trim() !== "");
    if (JSON.stringify(nonBlank(texts)) !== JSON.stringify(nonBlank(one.expected)))
      throw fault("other texts", one, texts);
    if (!chance(random, 0.3)) return "same";
    return checkPrepared(one, path, found, random);
  },
};

async function checkPrepared(one: Written, path: string, found: { id: string; text: string }[], random: RandomStream) {
  const kept = found.filter(({ text }) => text.trim() !== "");
  try {
    for (const [split, decoded] of await prepared(path, join(path, "../out"), one.documents, random)) {
      const expected = kept.filter((document) => splitOf(document) === split).map(({ text }) => `${text}<|endoftext|>`);
      if (decoded !== expected.join("")) throw fault(`other shards of ${split}`, one, [decoded]);
    }
    return "same, prepared";
  } catch (error) {
    const hasTrain = kept.some((document) => splitOf(document) === "train");
    if (error instanceof UserError && !hasTrain) return "same, nothing to train on";
    throw error;
  }
}

const fault = (what: string, { name, bytes, expected, documents }: Written, texts: readonly string[]): Fault =>
  new Fault(
    `${what}: ${JSON.stringify({ name, documents, base64: Buffer.from(bytes).toString("base64"), expected, texts })}`,
  );

/**
 * @file Damaged files of every kind: one line of an error or documents, never a stack, and never a part for the whole
 * where the form tells that something is missing.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "@sdtt/core/checkpoint";
import { readDocuments, tokenizerFromJson, trainTokenizer } from "@sdtt/core/text";
import { damaged, damagedAt } from "./damage.js";
import { drawTexts } from "./readers.js";
import { written } from "./sourceForms.js";
import { attempt, chance, Fault, oneOf, type Target } from "./target.js";

async function textsOf(path: string, documents: "file" | "line"): Promise<string[]> {
  const all: string[] = [];
  for await (const { text } of readDocuments(path, { documents })) all.push(text);
  return all;
}

const fresh = (folder: string) => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
};

const otherNames = ["a.txt", "a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet", "a.jsonl.gz", "a", "a.raw"];

export const damagedSources: Target = {
  name: "damaged sources",
  async run(random, folder) {
    const one = written(drawTexts(random), random);
    const { bytes, isCut } = damaged(one.bytes, random);
    const isMisnamed = chance(random, 0.15);
    const path = join(folder, isMisnamed ? oneOf(random, otherNames) : one.name);
    fresh(folder);
    writeFileSync(path, bytes);
    const found = await attempt(() => textsOf(path, one.documents));
    if (found === "refused") return "refused";
    const isShorter = bytes.length < one.bytes.length && one.bytes.subarray(bytes.length).some((byte) => byte > 32);
    if (isCut && isShorter && one.tellsCut && !isMisnamed) {
      const shown = { name: one.name, base64: bytes.toString("base64"), whole: one.bytes.length, found };
      throw new Fault(`a part was taken for the whole: ${JSON.stringify(shown)}`);
    }
    return "read";
  },
};

export const parquetHeaders: Target = {
  name: "parquet headers",
  async run(random, folder) {
    const texts = drawTexts(random);
    let one = written(texts, random);
    while (!one.name.endsWith(".parquet")) one = written(texts, random);
    const bytes = damagedAt(
      one.bytes,
      random,
      oneOf(random, ["head", "tail", "tail"] as const),
      8 + random.integer(600),
    );
    const path = join(folder, "p.parquet");
    fresh(folder);
    writeFileSync(path, bytes);
    const found = await attempt(() => textsOf(path, "file"));
    if (found === "refused") return "refused";
    return found.length === one.expected.length ? "read" : "read, other rows";
  },
};

let tokenizer: string | undefined;
const tokenizerJson = (): string => (tokenizer ??= trainTokenizer(["the cat and the other cat".repeat(9)], 262).json);

export const tokenizerFiles: Target = {
  name: "damaged tokenizers",
  async run(random) {
    const bytes = Buffer.from(tokenizerJson());
    const changed = chance(random, 0.5) ? damaged(bytes, random).bytes : damagedAt(bytes, random, "tail", 1200);
    const found = await attempt(() => {
      const read = tokenizerFromJson(changed.toString("utf8"));
      return [read.hash, read.encode("the cat").length];
    });
    return found === "refused" ? "refused" : "read";
  },
};

export const safetensors: Target = {
  name: "safetensors",
  async run(random, folder) {
    fresh(folder);
    const path = join(folder, "w.safetensors");
    const data = new Float32Array([1, 2, 3, 4, 5, 6]);
    writeSafetensors(path, {
      a: { dtype: "float32", shape: [2, 3], data },
      b: { dtype: "int32", shape: [2], data: Int32Array.of(1, 2) },
    });
    const { readFileSync } = await import("node:fs");
    writeFileSync(path, damagedAt(readFileSync(path), random, "head", 8 + random.integer(200)));
    const found = await attempt(() => Object.keys(readSafetensors(path).tensors).length);
    return found === "refused" ? "refused" : "read";
  },
};

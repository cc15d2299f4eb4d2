/** @file Tokenizers found by what was recorded of them: by their own hash, or by that of a file spelled otherwise. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assetPath } from "../../workspace/assets.js";
import { findTokenizer, shareTokenizer, tokenizerOf } from "./find.js";
import { loadTokenizer, type Tokenizer } from "./tokenizer.js";
import { trainTokenizer } from "./train.js";

const root = mkdtempSync(join(tmpdir(), "find-tokenizer-"));
afterAll(() => rmSync(root, { recursive: true }));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
let trained: Tokenizer;
/** The same with merges as text, as a checkpoint of an earlier version recorded it. */
let respelled: string;
beforeAll(() => {
  trained = trainTokenizer(["the cat and the other cat".repeat(9)], 260);
  const file = JSON.parse(trained.json);
  file.model.merges = file.model.merges.map((pair: string[]) => pair.join(" "));
  respelled = JSON.stringify(file);
  for (const name of ["a-broken", "own", "respelled"]) mkdirSync(join(root, "data", name), { recursive: true });
  writeFileSync(join(root, "data", "a-broken", "tokenizer.json"), "{");
});

it("of what is shipped has the hash that is recorded beside it", () => {
  for (const [asset, name, at] of [
    ["teacher", "state.json", (file: ReturnType<typeof JSON.parse>) => file.state.tokenizerHash],
    ["ar", "state.json", (file: ReturnType<typeof JSON.parse>) => file.state.tokenizerHash],
    ["judge", "card.json", (file: ReturnType<typeof JSON.parse>) => file.tokenizer.hash],
  ] as const) {
    const recorded = at(JSON.parse(readFileSync(join(assetPath(asset), name), "utf8")));
    expect(loadTokenizer(assetPath(asset)).hash).toBe(recorded);
  }
});

describe("a tokenizer that is looked for", () => {
  const old = () => sha256(respelled);

  it("is found by either hash, past files that cannot be read", () => {
    trained.save(join(root, "data", "own", "tokenizer.json"));
    expect(tokenizerOf({ path: root, tokenizerHash: trained.hash }, { root }).hash).toBe(trained.hash);
    expect(() => tokenizerOf({ path: root, tokenizerHash: old() }, { root })).toThrow("none of that hash");
    writeFileSync(join(root, "data", "respelled", "tokenizer.json"), respelled);
    expect(tokenizerOf({ path: root, tokenizerHash: old() }, { root }).hash).toBe(trained.hash);
    expect(findTokenizer(old(), [join(root, "data", "own")])).toBeUndefined();
  });

  it("is shared by checkpoints that recorded it differently, and not by others", () => {
    const known = (tokenizerHash: string) => ({ path: root, tokenizerHash });
    expect(shareTokenizer(known(trained.hash), known(old()), root)).toBe(true);
    expect(shareTokenizer(known(old()), known(trained.hash), root)).toBe(true);
    expect(shareTokenizer(known(old()), known("0".repeat(64)), root)).toBe(false);
    expect(shareTokenizer(known(trained.hash), known(loadTokenizer(assetPath("teacher")).hash), root)).toBe(false);
  });
});

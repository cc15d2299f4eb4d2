/**
 * @file `prepare` as users run it: its table, its second run, its refusals, and nothing else on standard output.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bench, openBench } from "../command.fixture.js";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.remove());

const prepare = (...args: string[]) => bench.run(bench.folder, ["prepare", "--source=text", "--vocab=260", ...args]);
const manifest = (out: string) => JSON.parse(readFileSync(join(bench.folder, out, "manifest.json"), "utf8"));

describe("prepare", () => {
  it("prints a table of the splits and nothing else, though it trains a tokenizer", async () => {
    const { code, stdout } = await prepare("--out=a");
    const lines = stdout.split("\n");
    expect(code).toBe(0);
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(["split", "train", "validation", "test", "all", "a", ""]);
    const { documents, tokens, textBytes } = manifest("a").splits.train;
    const row = ["train", documents, tokens, (textBytes / 1e6).toFixed(2), (textBytes / tokens).toFixed(3)].map(String);
    expect(lines[1]?.split(/\s+/)).toEqual(row);
    expect(lines[5]).toMatch(/^a · corpus [0-9a-f]{12} · 260 tokens \+ mask · [\d.]+ MB of text a second$/);
  });

  it("given again says that there is nothing to do, and leaves the folder as it is", async () => {
    const before = readFileSync(join(bench.folder, "a/train.bin"));
    const { code, stdout } = await prepare("--out=a");
    expect([code, stdout]).toEqual([0, expect.stringContaining("nothing to do: it was prepared before")]);
    expect(readFileSync(join(bench.folder, "a/train.bin")).equals(before)).toBe(true);
  });

  it.each([
    ["--vocab=300", "its tokenizer must be of 300 tokens (--vocab), got 260"],
    ["--detokenizer=ptb", "the options must be those it was begun with, got detokenizer none → ptb"],
    ["--source=embedded:sotu", "the source must be as it was when it was begun, got text → embedded:sotu"],
  ])("refuses a finished folder to %s", async (flag, message) => {
    const { code, stderr } = await prepare("--out=a", flag);
    expect([code, stderr.split("\n").length]).toEqual([1, 3]);
    expect(stderr).toContain(message);
  });

  it.each([
    ["--source=nowhere", "the source must exist, got nowhere"],
    ["--tokenizer=nowhere", "the file must be readable text, got ENOENT"],
    ["--detokenizer=moses", "detokenizer must be one of none, wikitext, ptb"],
    ["--workers=0", "workers must be"],
  ])("refuses %s in one line, and writes nothing", async (flag, message) => {
    const { code, stderr } = await prepare("--out=b", flag);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(existsSync(join(bench.folder, "b"))).toBe(false);
  });

  it("refuses a tokenizer without end-of-text", async () => {
    const file = JSON.parse(readFileSync(join(bench.folder, "a/tokenizer.json"), "utf8"));
    file.added_tokens = [];
    delete file.model.vocab["<|endoftext|>"];
    writeFileSync(join(bench.folder, "endless.json"), JSON.stringify(file));
    const { code, stderr } = await prepare("--out=b", "--tokenizer=endless.json");
    expect([code, stderr]).toEqual([1, expect.stringContaining("must hold <|endoftext|>, got none")]);
  });

  it("takes lines for documents, mended by a detokenizer", async () => {
    writeFileSync(join(bench.folder, "ptb.txt"), "it does n't cost $ N \n\nit 's here \n".repeat(40));
    await prepare("--source=ptb.txt", "--tokenizer=a", "--out=c", "--documents=line", "--detokenizer=ptb");
    const { splits } = manifest("c");
    const all = [splits.train, splits.validation, splits.test];
    expect(all.reduce((sum, { documents }) => sum + documents, 0)).toBe(80);
    const bytes = all.reduce((sum, { textBytes }) => sum + textBytes, 0);
    expect(bytes).toBe(40 * ("it doesn't cost $1 ".length + "it's here ".length));
  });
});

/**
 * @file Preparing with threads, killed at chosen points and begun again: the shards are the same bytes.
 *
 * The sources are bundled, since threads need JavaScript, and a build that is not fresh would be tested in silence.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer } from "../tokenizer/tokenizer.js";
import { trainTokenizer } from "../tokenizer/train.js";
import { openShard, prepareShards } from "./shards.js";

const dist = fileURLToPath(new URL("../../../dist", import.meta.url));
const pieceBytes = 4000;
let folder: string;
let source: string;
let tokenizerFile: string;
let expected: string;

beforeAll(async () => {
  mkdirSync(dist, { recursive: true });
  folder = mkdtempSync(join(dist, "prepare-"));
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const input = { prepare: here("./prepare.fixture.ts"), tokenizeWorker: here("./tokenizeWorker.ts") };
  const output = { entryFileNames: "[name].js", chunkFileNames: "[name].js" };
  const options = { ssr: true, outDir: folder, emptyOutDir: false, rollupOptions: { input, output } };
  await build({ configFile: false, logLevel: "silent", build: options });
  source = join(folder, "text");
  mkdirSync(source);
  const texts = Array.from({ length: 300 }, (_, i) => `Document ${i} says ${i * i} things, some of them twice.`);
  tokenizerFile = join(folder, "tokenizer.json");
  const tokenizer = trainTokenizer(texts, 280);
  tokenizer.save(tokenizerFile);
  writeFileSync(join(source, "a.jsonl"), texts.map((text) => JSON.stringify({ text })).join("\n"));
  writeFileSync(join(source, "b.txt"), texts.join("<|endoftext|>"));
  for (let i = 0; i < 20; i++) writeFileSync(join(source, `c${i}.txt`), texts.slice(i, i + 5).join("\n"));
  expected = join(folder, "expected");
  await prepareShards({ source, tokenizer, out: expected, pieceBytes });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(out: string, workers: number, ...kill: string[]): Promise<Ended> {
  const args = [join(folder, "prepare.js"), source, tokenizerFile, out, String(workers), String(pieceBytes), ...kill];
  const child = spawn(process.execPath, args);
  const ended = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk) => (ended[name] += chunk));
  return new Promise((resolve) => child.on("close", (_, signal) => resolve({ signal, ...ended })));
}

/** All but what is remembered of the source's files, which is there when they have not just been written. */
const filesOf = (out: string) =>
  readdirSync(out)
    .filter((name) => name !== "sources.json")
    .sort();

function expectSame(out: string): void {
  expect(filesOf(out)).toEqual(filesOf(expected));
  for (const name of filesOf(expected)) {
    expect([name, readFileSync(join(out, name)).equals(readFileSync(join(expected, name)))]).toEqual([name, true]);
  }
}

describe("shards are the same bytes", () => {
  it("with threads as without", async () => {
    const out = join(folder, "threads");
    expect(await run(out, 3)).toEqual({ signal: null, stdout: '{"keptPieces":0,"wasThere":false}', stderr: "" });
    expectSame(out);
  });

  it("after being killed with ids that the journal does not know of, between pieces, and while files get names", async () => {
    const out = join(folder, "killed");
    const { splits } = JSON.parse(readFileSync(join(expected, "manifest.json"), "utf8"));
    const before = [
      ["appended", "1"],
      ["committed", "3"],
      ["appended", "7"],
    ];
    for (const [i, kill] of before.entries()) {
      expect(await run(out, i % 2 ? 1 : 2, ...kill)).toMatchObject({ signal: "SIGKILL", stderr: "" });
      expect(existsSync(join(out, "manifest.json"))).toBe(false);
    }
    const journal = JSON.parse(readFileSync(join(out, "progress.json"), "utf8"));
    expect(journal.pieces).toBe(6);
    const last = await run(out, 2);
    expect(last).toMatchObject({ signal: null, stdout: expect.stringContaining('"keptPieces":6') });
    expectSame(out);
    expect(openShard(join(out, "train.bin"), loadTokenizer(tokenizerFile)).count).toBe(splits.train.tokens);
  });

  it("after being killed when one of three files had its name, as any other finished folder", async () => {
    const out = join(folder, "renaming");
    const pieces = JSON.stringify((await countPieces(out)).pieces);
    expect(await run(out, 2, "renamed", pieces)).toMatchObject({ signal: "SIGKILL" });
    expect(readdirSync(out)).toEqual(expect.arrayContaining(["train.bin", "validation.bin.part", "progress.json"]));
    expect(await run(out, 2)).toMatchObject({ signal: null });
    expectSame(out);
    expect(await run(out, 2)).toMatchObject({ stdout: '{"keptPieces":0,"wasThere":true}' });
  });

  it("only from the source it was begun with", async () => {
    const out = join(folder, "changed");
    await run(out, 1, "committed", "2");
    const path = join(source, "c0.txt");
    const text = readFileSync(path);
    writeFileSync(path, "other");
    const { stderr } = await run(out, 1);
    writeFileSync(path, text);
    expect(stderr).toContain("the source must be as it was when it was begun, got other files");
    expect(await run(out, 1)).toMatchObject({ stdout: '{"keptPieces":2,"wasThere":false}' });
    expectSame(out);
  });

  it("not where an unfinished file lost what its journal says it holds", async () => {
    const out = join(folder, "lost");
    await run(out, 1, "committed", "2");
    writeFileSync(join(out, "train.bin.part"), "lost");
    expect((await run(out, 1)).stderr).toMatch(/the unfinished file must hold \d+ bytes, got 4\. Remove its folder/);
  });
});

async function countPieces(out: string): Promise<{ pieces: number }> {
  let pieces = 0;
  const other = `${out}-counted`;
  const on = (event: { pieces: number }) => {
    pieces = Math.max(pieces, event.pieces);
  };
  await prepareShards({ source, tokenizer: loadTokenizer(tokenizerFile), out: other, pieceBytes, on });
  return { pieces };
}

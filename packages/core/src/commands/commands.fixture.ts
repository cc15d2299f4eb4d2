/** @file `core import` and `core export` run as commands, in a folder of the test's own with a tokenizer and a published model. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { denoiserFile, mdlmConfig, writeFolder } from "../checkpoint/published/published.fixture.js";
import { runCli } from "../cli/index.js";
import type { Tokenizer } from "../text/tokenizer/tokenizer.js";
import { trainTokenizer } from "../text/tokenizer/train.js";
import { exportCheckpoint } from "./export.js";
import { importCheckpoint } from "./import.js";

export const root = mkdtempSync(join(tmpdir(), "import-test-"));
export const at = (name: string) => join(root, name);
export let tokenizer: Tokenizer;

/** To be called once in a test file. */
export function withPublished(): void {
  beforeAll(() => {
    tokenizer = trainTokenizer(["and the light was good over the water ".repeat(40)], 258);
    tokenizer.save(at("tokenizer.json"));
    writeFolder(at("mdlm"), mdlmConfig, denoiserFile());
  });
  afterAll(() => rmSync(root, { recursive: true }));
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
}

/** Runs a command; exit code, what went to stdout, and the last line of stderr. */
export async function core(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.out += text;
    return true;
  });
  const err = { write: (text: string) => (written.err += text) };
  const code = await runCli("core", [importCheckpoint, exportCheckpoint], args, { out: process.stdout, err });
  return { code, out: written.out, err: written.err.trim().split("\n").at(-1) ?? "" };
}

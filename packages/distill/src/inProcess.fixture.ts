/** @file The commands of this package run within a test, on a tiny teacher of a text of thirty small documents. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newestCheckpoint, readCheckpointState } from "@sdtt/core/checkpoint";
import { runCli } from "@sdtt/core/cli";
import { type Tokenizer, trainTokenizer } from "@sdtt/core/text";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { pretrain } from "./commands/pretrain.js";
import { round } from "./commands/round.js";
import { saveTinyTeacher } from "./tiny.fixture.js";

export interface Said {
  readonly code: number;
  /** What was said on stderr after the line of the configuration. */
  readonly err: string;
}

/** To be called once in a test file, at its top. */
export function placeForCommands() {
  const folder = mkdtempSync(join(tmpdir(), "in-process-"));
  const at = (name: string) => join(folder, name);
  const place = { folder, at, root: at("root"), teacher: at("teacher"), text: at("text"), printed: "" };
  let tokenizer: Tokenizer;
  const distill = async (...args: string[]): Promise<Said> => {
    let err = "";
    const sink = { write: (said: string) => (err += said) };
    const code = await runCli("distill", [pretrain, round], args, { out: process.stdout, err: sink });
    return { code, err: err.replace(/^distill .* · config .*\n/, "") };
  };
  const small = ["--engine=reference", "--sequences=2", "--warmup=0", `--root=${place.root}`];
  const rounds = (...args: string[]) => distill("round", "--no-evaluate", ...small, ...args);
  const own = [`--teacher=${place.teacher}`, `--source=${place.text}`, "--updates=2", "--initial-steps=8"];
  beforeAll(() => {
    writeTexts(place.text, "light");
    tokenizer = trainTokenizer(textsOf("light"), 260);
    saveTinyTeacher(place.teacher, tokenizer);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    place.printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((said) => {
      place.printed += said;
      return true;
    });
  });
  afterEach(() => vi.restoreAllMocks());
  return Object.assign(place, {
    distill,
    small,
    rounds,
    /** Begins a run of two updates a round from the tiny teacher. */
    begin: (name: string, ...args: string[]) => rounds(`--name=${name}`, ...own, ...args),
    saveTeacher: (path: string, changes: Record<string, unknown> = {}) => saveTinyTeacher(path, tokenizer, changes),
    newest: (name: string, number: number) =>
      newestCheckpoint(join(place.root, `runs/${name}/round-${number}`)) as string,
    stateOf: (name: string, number: number) =>
      readCheckpointState(newestCheckpoint(join(place.root, `runs/${name}/round-${number}`)) as string).state,
  });
}

const textsOf = (word: string): string[] =>
  Array.from({ length: 30 }, (_, i) => `and the ${word} ${i} was over water `.repeat(4));

export function writeTexts(folder: string, word: string): void {
  mkdirSync(folder);
  textsOf(word).forEach((text, i) => {
    writeFileSync(join(folder, `${i}.txt`), text);
  });
}

/** @file Commands of evaluation run in a test, on tiny random networks in a temporary folder; what they print is caught. */
import { join } from "node:path";
import { runCli } from "@sdtt/core/cli";
import { openStore } from "@sdtt/core/store";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import * as exported from "./commands/index.js";
import { makeTiny, type Tiny } from "./tiny.fixture.js";

export let tiny: Tiny;
/** What was printed since the test began. */
export let printed = "";

/** To be called once in a test file. */
export function catchCommands(): void {
  beforeAll(() => {
    tiny = makeTiny();
  });
  afterAll(() => tiny.remove());
  beforeEach(() => {
    forgetPrinted();
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += text;
      return true;
    });
  });
  afterEach(() => vi.restoreAllMocks());
}

export function forgetPrinted(): void {
  printed = "";
}

const commands = Object.values(exported).filter((one) => "run" in one);

/** Runs a command line; exit code and messages. */
export async function run(...argv: string[]): Promise<{ code: number; errors: string }> {
  let errors = "";
  const err = { write: (text: string) => (errors += text) };
  const code = await runCli("eval", commands, argv, { out: process.stdout, err });
  return { code, errors };
}

/** `curve` of the tiny student, small and under one judge. */
export const curveOf = (...more: string[]) => {
  const fixed = ["--samples=5", "--sequences=4", "--keep=2", "--engine=onnx", "--threads=1"];
  return run(
    "curve",
    `--checkpoint=${tiny.student}`,
    `--judge=${tiny.judge}`,
    `--root=${tiny.root}`,
    ...fixed,
    ...more,
  );
};

export function rows(root = tiny.root) {
  const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
  try {
    return { evaluations: store.evaluations({ sampler: "any" }), runs: store.runs() };
  } finally {
    store.close();
  }
}

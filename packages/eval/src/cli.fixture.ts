/** @file Commands of evaluation run in a test, on tiny random networks in a temporary folder; what they print is caught. */
import { join } from "node:path";
import { runCli } from "@sdtt/core/cli";
import { evaluationKey, openStore, readKnown } from "@sdtt/core/store";
import { knownFigures } from "@sdtt/core/workspace";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { calibrate, curve, frontier, lambada, latency, merge, reference, report, story } from "./commands/index.js";
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

/** Runs a command line; exit code and messages. */
export async function run(...argv: string[]): Promise<{ code: number; errors: string }> {
  let errors = "";
  const err = { write: (text: string) => (errors += text) };
  const commands = [calibrate, curve, frontier, lambada, latency, merge, reference, report, story];
  const code = await runCli("eval", commands, argv, { out: process.stdout, err });
  return { code, errors };
}

const shipped = readKnown(knownFigures);
const shippedKeys = new Set(shipped?.evaluations.map((row) => evaluationKey(row)));
const shippedRuns = new Set(shipped?.runs.map(({ id }) => id));

/** What commands made: without the figures that ship, which stand in every store. */
export function rows(root = tiny.root) {
  const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
  try {
    const evaluations = store.evaluations({ sampler: "any" }).filter(({ key }) => !shippedKeys.has(key));
    return { evaluations, runs: store.runs().filter(({ id }) => !shippedRuns.has(id)) };
  } finally {
    store.close();
  }
}

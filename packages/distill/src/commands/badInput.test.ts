import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkpointPath, loadCheckpoint, saveCheckpoint, weightsHash } from "@sdtt/core/checkpoint";
import { runCli } from "@sdtt/core/cli";
import { type Tokenizer, trainTokenizer } from "@sdtt/core/text";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepare } from "../runs/data.js";
import { saveTinyTeacher, tinyModel } from "../tiny.fixture.js";
import { pretrain } from "./pretrain.js";
import { round } from "./round.js";

const folder = mkdtempSync(join(tmpdir(), "bad-input-"));
const root = join(folder, "root");
const teacher = join(folder, "teacher");
const source = join(folder, "text");
let tokenizer: Tokenizer;

/** Exit code and what went to stderr after the line that says the configuration. */
async function distill(...args: string[]): Promise<{ code: number; err: string }> {
  let err = "";
  const sink = { write: (text: string) => (err += text) };
  const code = await runCli("distill", [pretrain, round], args, { out: { write: () => {} }, err: sink });
  return { code, err: err.replace(/^distill .* · config .*\n/, "") };
}

const rounds = (...args: string[]) =>
  distill("round", "--name=r", `--root=${root}`, `--teacher=${teacher}`, `--source=${source}`, ...common, ...args);
const common = ["--engine=reference", "--no-evaluate", "--updates=4", "--sequences=2", "--warmup=0"];

const saveTeacher = (path: string, changes = {}) => saveTinyTeacher(path, tokenizer, changes);

beforeAll(() => {
  mkdirSync(source);
  const texts = Array.from({ length: 30 }, (_, i) => `and the light ${i} was good over water `.repeat(4));
  for (const [i, text] of texts.entries()) writeFileSync(join(source, `${i}.txt`), text);
  tokenizer = trainTokenizer(texts, 260);
  saveTeacher(teacher);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One line, exit code 1, and no run. */
function expectRefusal({ code, err }: { code: number; err: string }, message: string): void {
  expect(err).toContain(message);
  expect([code, err.split("\n").length]).toEqual([1, 2]);
  expect(existsSync(join(root, "runs"))).toBe(false);
}

describe("round refuses, in one line and before anything is written,", () => {
  it.each([
    ["--divergance=reverse-kl", "got --divergance. Did you mean --divergence?"],
    ["--divergence=kl-bwd", "divergence must be one of reverse-kl, forward-kl, total-variation, log-mse"],
    ["--lr=fast", 'lr must be a number, got "fast" (flag --lr)'],
    ["--substeps=0", "substeps must be at least 1, got 0 (flag --substeps)"],
    ["--control=nil", "control must be one of null, equal-updates"],
    ["--initial-steps=1", "m teacher substeps must fit into unit time, got"],
    ["--teacher=nowhere", "the teacher must be a checkpoint folder with a state.json, got nowhere"],
    ["--source=nowhere", "the source must exist, got nowhere"],
  ])("%s", async (flag, message) => {
    expectRefusal(await rounds(flag), message);
  });

  it("an evaluator that is not there, before the training that it would judge", async () => {
    const message = "an evaluation needs an evaluator that is there, got nowhere.js (flag --evaluator)";
    expectRefusal(await rounds("--evaluate", "--evaluator=nowhere.js"), message);
  });

  it("--rounds together with --until", async () => {
    expectRefusal(await rounds("--rounds=2", "--until=3"), "got --rounds=2 and --until=3. Leave one of them out.");
  });

  it("a teacher whose weights were cut off", async () => {
    const cut = join(folder, "cut");
    saveTeacher(cut);
    truncateSync(join(cut, "model.safetensors"), 1000);
    expectRefusal(await rounds(`--teacher=${cut}`), "model.safetensors: SHA-256 must be");
  });

  it("a teacher that is no denoiser", async () => {
    const causal = join(folder, "causal");
    saveTeacher(causal, { model: { ...tinyModel, causal: true } });
    expectRefusal(await rounds(`--teacher=${causal}`), "the teacher must be a denoiser, got dit, causal (");
  });

  it("a tokenizer that is not the teacher's, beside it or in prepared text", async () => {
    const other = join(folder, "other");
    saveTeacher(other, { tokenizerHash: "0".repeat(64) });
    expectRefusal(
      await rounds(`--teacher=${other}`),
      "the tokenizer of the teacher (000000000000) must be there, got other",
    );
    const data = join(folder, "data");
    await prepare({ source, out: data, vocab: 258 });
    expectRefusal(await rounds(`--data=${data}`), "its tokenizer must be the one asked for, got");
  });
});

describe("a round that has begun", () => {
  it("goes on with the options it began with only, and is left as it was otherwise", async () => {
    expect(await rounds()).toMatchObject({ code: 0 });
    const done = checkpointPath(join(root, "runs/r/round-1"), 4);
    const { state, ...parts } = loadCheckpoint(done);
    saveCheckpoint(checkpointPath(join(root, "runs/r/round-1"), 2), { ...parts, state: { ...state, update: 2 } });
    rmSync(done, { recursive: true });
    const before = readFileSync(join(root, "runs/r/round-1/checkpoints/update-00000002/state.json"));
    const changed = await rounds("--lr=0.5", "--substeps=4");
    expect(changed.code).toBe(1);
    expect(changed.err).toBe(
      "round 1 of r: a run must be resumed with the options it began with, got substeps 2 → 4, lr 0.001 → 0.5. Leave them out, or choose another --name.\n",
    );
    expect(readdirSync(join(root, "runs/r"))).toEqual(["round-1"]);
    expect(readFileSync(join(root, "runs/r/round-1/checkpoints/update-00000002/state.json"))).toEqual(before);
    expect(await rounds()).toMatchObject({ code: 0 });
  });

  it("records its teacher, Δ and lineage, and the next round its own", async () => {
    const first = loadCheckpoint(checkpointPath(join(root, "runs/r/round-1"), 4));
    expect(first.state).toMatchObject({ round: 1, dt: 1 / 32, lineage: [loadCheckpoint(teacher).hash] });
    expect(await rounds()).toMatchObject({ code: 0 });
    const second = loadCheckpoint(checkpointPath(join(root, "runs/r/round-2"), 4));
    expect(second.state).toMatchObject({
      round: 2,
      dt: 1 / 16,
      lineage: [loadCheckpoint(teacher).hash, weightsHash(first.ema ?? {})],
    });
  });

  it("stops at weights that overflow with one line, its last checkpoint readable and its lock given free", async () => {
    const { code, err } = await rounds("--name=hot", "--lr=1e30", "--checkpoint-every=1");
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/loss and gradients must stay finite, got loss .* at update 2\. /),
    ]);
    expect(loadCheckpoint(checkpointPath(join(root, "runs/hot/round-1"), 1)).state).toMatchObject({ update: 1 });
    expect(existsSync(join(root, "runs/hot/round-1/run.lock"))).toBe(false);
  });
});

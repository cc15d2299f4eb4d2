/**
 * @file Checkpoints: what was saved comes back, damage is refused, and a killed save never costs the old one.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { float32, int32 } from "../base/tensor.js";
import {
  type CheckpointParts,
  checkpointPath,
  loadCheckpoint,
  loadWeights,
  newestCheckpoint,
  readCheckpointState,
  saveCheckpoint,
} from "./layout.js";
import { weightsHash } from "./safetensors/safetensors.js";

const root = mkdtempSync(join(tmpdir(), "checkpoint-test-"));
afterAll(() => rmSync(root, { recursive: true }));

const run = join(root, "run");
const folder = join(run, "checkpoints");
const dir = checkpointPath(run, 100);
const parts = (value: number): CheckpointParts => ({
  model: { w: float32([2], [value, 2]) },
  ema: { w: float32([2], [value / 2, 2]) },
  optimizer: { m: float32([2]), updates: int32([], [100]) },
  state: { round: 1, update: 100, cursor: { epoch: 0, index: 7 }, teacher: null },
});
const deadPid = 2 ** 22 + 1;

beforeEach(() => {
  rmSync(run, { recursive: true, force: true });
  saveCheckpoint(dir, parts(1));
});

describe("saveCheckpoint and loadCheckpoint", () => {
  it("gives back every part, under the hash of the model's weights", () => {
    const { hash } = saveCheckpoint(dir, parts(3));
    expect(loadCheckpoint(dir)).toEqual({ ...parts(3), hash });
    expect(hash).toBe(weightsHash(parts(3).model));
  });

  it("leaves out the parts that were not given", () => {
    const { model, state } = parts(1);
    saveCheckpoint(dir, { model, state });
    expect(readdirSync(dir).sort()).toEqual(["model.safetensors", "state.json"]);
    expect(Object.keys(loadCheckpoint(dir)).sort()).toEqual(["hash", "model", "state"]);
  });

  it("replaces an existing one and leaves nothing else in the folder", () => {
    saveCheckpoint(dir, parts(5));
    expect(loadCheckpoint(dir).model).toEqual(parts(5).model);
    expect(readdirSync(folder)).toEqual([basename(dir)]);
  });

  it("leaves the old checkpoint as it was when a save fails", () => {
    const broken = { w: { shape: [3], dtype: "float32" as const, data: new Float32Array(2) } };
    expect(() => saveCheckpoint(dir, { ...parts(9), ema: broken })).toThrow("tensor w must hold [3], got 2");
    expect(loadCheckpoint(dir).model).toEqual(parts(1).model);
    expect(readdirSync(folder)).toEqual([basename(dir)]);
  });

  it("refuses a place below a file", () => {
    writeFileSync(join(run, "file"), "");
    expect(() => saveCheckpoint(join(run, "file", "x"), parts(1))).toThrow(UserError);
    expect(() => loadCheckpoint(join(run, "file", "x"))).toThrow(UserError);
  });
});

describe("a part of a checkpoint", () => {
  it("is read without the others, which may be missing or damaged", () => {
    writeFileSync(join(dir, "optimizer.safetensors"), "damaged");
    rmSync(join(dir, "ema.safetensors"));
    expect(loadWeights(dir, "model")).toEqual(parts(1).model);
    expect(() => loadWeights(dir, "ema")).toThrow("ema.safetensors: the file must be readable, got ENOENT");
    expect(() => loadWeights(dir, "optimizer")).toThrow("optimizer.safetensors: SHA-256 must be");
  });

  it("is nothing where the checkpoint was saved without it", () => {
    const { model, state } = parts(1);
    saveCheckpoint(dir, { model, state });
    expect(loadWeights(dir, "ema")).toBeUndefined();
  });

  it("is known by the hash in state.json, which needs no tensors", () => {
    rmSync(join(dir, "model.safetensors"));
    const { state, hashes } = readCheckpointState(dir);
    expect(state).toEqual(parts(1).state);
    expect(hashes.model).toBe(weightsHash(parts(1).model));
    expect(hashes.ema).toBe(weightsHash(parts(1).ema as CheckpointParts["model"]));
  });
});

it("saveCheckpoint puts texts beside the tensors", () => {
  saveCheckpoint(dir, { ...parts(1), beside: { "tokenizer.json": "{}" } });
  expect(readFileSync(join(dir, "tokenizer.json"), "utf8")).toBe("{}");
  expect(loadCheckpoint(dir).model).toEqual(parts(1).model);
});

describe("after a killed save", () => {
  it("removes temporary folders of its own name and of dead processes, and no others", () => {
    const names = [`${basename(dir)}.tmp-elsewhere-1`, `update-00000050.tmp-${hostname()}-${deadPid}`];
    const kept = [`update-00000050.tmp-elsewhere-1`, `update-00000060.tmp-${hostname()}-${process.ppid}`];
    for (const name of [...names, ...kept]) mkdirSync(join(folder, name));
    saveCheckpoint(dir, parts(1));
    expect(readdirSync(folder).sort()).toEqual([...kept, basename(dir)].sort());
  });

  it("finds the old checkpoint when the kill came between the two renames", () => {
    renameSync(dir, `${dir}.old-${deadPid}`);
    expect(newestCheckpoint(run)).toBe(dir);
    expect(loadCheckpoint(dir).model).toEqual(parts(1).model);
    saveCheckpoint(dir, parts(2));
    expect(loadCheckpoint(dir).model).toEqual(parts(2).model);
    expect(readdirSync(folder)).toEqual([basename(dir)]);
  });
});

describe("newestCheckpoint", () => {
  it("gives the highest update, and passes over temporary and other names", () => {
    saveCheckpoint(checkpointPath(run, 90), parts(1));
    mkdirSync(join(folder, `update-00000200.tmp-${hostname()}-${process.pid}`));
    mkdirSync(join(folder, "update-best"));
    expect(newestCheckpoint(run)).toBe(dir);
    saveCheckpoint(checkpointPath(run, 123_456_789), parts(1));
    expect(newestCheckpoint(run)).toBe(checkpointPath(run, 123_456_789));
  });

  it("gives undefined for a run without one", () => {
    expect(newestCheckpoint(join(root, "none"))).toBeUndefined();
    mkdirSync(join(root, "bare", "checkpoints"), { recursive: true });
    expect(newestCheckpoint(join(root, "bare"))).toBeUndefined();
  });
});

describe("loadCheckpoint", () => {
  const refused = (message: string) => {
    expect(() => loadCheckpoint(dir)).toThrow(UserError);
    expect(() => loadCheckpoint(dir)).toThrow(message);
  };

  it("refuses a missing checkpoint", () => {
    rmSync(dir, { recursive: true });
    refused("state.json must be readable JSON, got ENOENT");
  });

  it("refuses a part that is missing, cut off, or changed in one bit", () => {
    const path = join(dir, "ema.safetensors");
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    refused("SHA-256 must be");
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 1] = (flipped.at(-1) as number) ^ 1;
    writeFileSync(path, flipped);
    refused("SHA-256 must be");
    rmSync(path);
    refused("the file must be readable, got ENOENT");
  });

  it("refuses a state.json that is cut off, foreign, or of another format", () => {
    const path = join(dir, "state.json");
    const text = readFileSync(path, "utf8");
    const write = (change: string) => writeFileSync(path, change);
    write(text.slice(0, 40));
    refused("state.json must be readable JSON");
    write("{}");
    refused("the format must be 1, got undefined");
    write(text.replace('"format": 1', '"format": 2'));
    refused("the format must be 1, got 2");
    write('{"format": 1}');
    refused("state.json must record the model's hash");
  });
});

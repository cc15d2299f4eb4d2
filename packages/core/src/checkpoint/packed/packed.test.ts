import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import { float32, type TensorMap } from "../../base/tensor.js";
import { loadCheckpoint, loadWeights, readCheckpointState, saveCheckpoint } from "../layout.js";
import { weightsHash } from "../safetensors/safetensors.js";
import { decodeDelta, encodeDelta } from "./delta.js";

const root = mkdtempSync(join(tmpdir(), "packed-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);

const random = randomStream(1, "packed");
const normals = (shape: readonly number[], scale = 1) =>
  float32(
    shape,
    random.normals(shape.reduce((a, b) => a * b)).map((x) => scale * x),
  );
const teacher: TensorMap = { matrix: normals([64, 128]), gain: normals([128]) };
const moved = (from: TensorMap): TensorMap =>
  Object.fromEntries(
    Object.entries(from).map(([name, { shape, data }]) => {
      const by = normals(shape, 0.01).data;
      return [
        name,
        float32(
          shape,
          (data as Float32Array).map((x, i) => x + (by[i] as number)),
        ),
      ];
    }),
  );
const state = { round: 1 };
const dataOf = (weights: TensorMap, name: string) => weights[name]?.data as Float32Array;
const largest = (a: TensorMap, b: TensorMap, name: string) => {
  const other = dataOf(b, name);
  return Math.max(...dataOf(a, name).map((x, i) => Math.abs(x - (other[i] as number))));
};

describe("a checkpoint in half precision", () => {
  it("comes back as the nearest halves, under the hash of what comes back", () => {
    const { hash } = saveCheckpoint(at("half"), { model: teacher, state, packing: { form: "half" } });
    const back = loadWeights(at("half"), "model");
    expect(hash).toBe(weightsHash(back));
    expect(readCheckpointState(at("half")).hashes.model).toBe(hash);
    for (const name of ["matrix", "gain"]) expect(largest(back, teacher, name)).toBeLessThan(2 ** -9);
    expect(largest(back, teacher, "matrix")).toBeGreaterThan(0);
    const bytes = statSync(join(at("half"), "model.safetensors")).size;
    expect(bytes).toBeLessThan(2 * (64 * 128 + 128) + 400);
  });

  it("is the same again when it is packed again", () => {
    const first = saveCheckpoint(at("once"), { model: teacher, state, packing: { form: "half" } });
    const back = loadWeights(at("once"), "model");
    expect(saveCheckpoint(at("twice"), { model: back, state, packing: { form: "half" } })).toEqual(first);
  });
});

describe("a checkpoint as a difference", () => {
  const student = moved(teacher);
  const packing = { form: "delta", base: "../base" } as const;
  saveCheckpoint(at("base"), { model: teacher, state, packing: { form: "half" } });
  const { hash } = saveCheckpoint(at("student"), { model: student, state, packing });

  it("comes back within half a level of each row's largest move, vectors as they were", () => {
    const found = loadCheckpoint(at("student"));
    expect(found.hash).toBe(hash);
    expect(weightsHash(found.model)).toBe(hash);
    expect(found.state).toEqual(state);
    expect(largest(found.model, student, "gain")).toBe(0);
    const base = dataOf(loadWeights(at("base"), "model"), "matrix");
    for (let row = 0; row < 64; row++) {
      const cut = (data: ArrayLike<number>) => Array.from(data).slice(128 * row, 128 * row + 128);
      const [was, now, back] = [base, student.matrix?.data ?? [], found.model.matrix?.data ?? []].map(cut) as [
        number[],
        number[],
        number[],
      ];
      const most = Math.max(...now.map((x, i) => Math.abs(x - (was[i] as number))));
      const off = Math.max(...now.map((x, i) => Math.abs(x - (back[i] as number))));
      expect(off).toBeLessThan((most / 31) * 0.501 + 1e-6);
    }
  });

  it("takes less than a byte a value", () => {
    expect(statSync(join(at("student"), "model.delta.br")).size).toBeLessThan(64 * 128 + 4 * (64 + 128) + 300);
  });

  it("may be a difference from a difference", () => {
    const next = moved(student);
    saveCheckpoint(at("next"), { model: next, state, packing: { form: "delta", base: "../student" } });
    expect(largest(loadWeights(at("next"), "model"), next, "matrix")).toBeLessThan(2e-3);
  });

  it("of nothing is nothing, to the last bit", () => {
    expect(decodeDelta(teacher, encodeDelta(teacher, teacher))).toEqual(teacher);
  });

  it("tells weights that are not those it was made from, and bytes that were changed", () => {
    saveCheckpoint(at("other"), { model: moved(teacher), state });
    saveCheckpoint(at("stray"), { model: student, state, packing });
    const described = JSON.parse(readFileSync(join(at("stray"), "state.json"), "utf8"));
    writeFileSync(
      join(at("stray"), "state.json"),
      JSON.stringify({ ...described, packing: { form: "delta", base: "../other" } }),
    );
    expect(() => loadWeights(at("stray"), "model")).toThrow(
      /must unpack to the weights .*other is not what it was made from/,
    );
    const path = join(at("student"), "model.delta.br");
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] as number) ^ 1;
    writeFileSync(path, bytes);
    expect(() => loadWeights(at("student"), "model")).toThrow(/model\.delta\.br: SHA-256 must be/);
  });

  it("refuses a base that lacks a tensor", () => {
    expect(() => encodeDelta({ gain: teacher.gain as never }, teacher)).toThrow(
      'the base must have "matrix", got none',
    );
  });
});

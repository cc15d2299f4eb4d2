import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TensorMap } from "../base/tensor.js";
import { parseState } from "../checkpoint/state.js";
import { maskedLogits } from "../diffusion/subs.js";
import { openEngine } from "../engine/open.js";
import { pinned } from "../files/ownModule.js";
import { initialise } from "../nn/params.js";
import { openDenoiser } from "../sampler/network/denoiser.js";
import { modelParameters, ownPreset } from "./presets.js";

const fixture = fileURLToPath(new URL("./positionwise.fixture.ts", import.meta.url));
const shape = { width: 4, blocks: 1, heads: 1, length: 6 };
const modelAt = (path: string) => ownPreset(pinned("architecture", path), "embedded", 9, shape);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "own-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const dataOf = (tensors: TensorMap, name: string) => tensors[name]?.data as Float32Array;
/** Σ_d E[id, d] · H[v, d] */
const closedForm = (tensors: TensorMap, id: number, v: number): number =>
  Array.from({ length: 4 }, (_, d) => d).reduce(
    (sum, d) =>
      sum + (dataOf(tensors, "embedding")[4 * id + d] as number) * (dataOf(tensors, "head")[4 * v + d] as number),
    0,
  );

describe("a denoiser of one's own architecture", () => {
  it.each(["reference", "onnx"] as const)("says at each position what its file says, by %s", async (name) => {
    const model = modelAt(fixture);
    const tensors = initialise(modelParameters(model), 3);
    const denoiser = openDenoiser(await openEngine(name, { threads: 1 }), model, tensors);
    const xt = Int32Array.from([1, 2, 8, 8, 3, 8, 8, 8, 8, 8, 8, 7]);
    const positions = [2, 0, 11, 5];
    const logits = await denoiser.logits(xt, 2, positions);
    positions.forEach((at, i) => {
      for (let v = 0; v < 9; v++) expect(logits[9 * i + v]).toBeCloseTo(closedForm(tensors, xt[at] as number, v), 5);
    });
    denoiser.dispose();
  });

  it("never predicts the mask in a loss", () => {
    const model = modelAt(fixture);
    const params = Object.fromEntries(
      Object.entries(initialise(modelParameters(model), 3)).map(([name, { shape, data }]) => {
        return [name, tf.tensor(data as Float32Array, [...shape])];
      }),
    );
    const law = tf.softmax(maskedLogits(params, model, tf.ones([2, 4]))).arraySync() as number[][];
    expect(law.map((row) => row[8])).toEqual([0, 0]);
  });

  it("is described by state.json with its file's hash", () => {
    const state = { run: "r", round: 0, update: 1, model: modelAt(fixture), tokenizerHash: "t", lineage: [] };
    expect(parseState("here", state).model).toMatchObject({
      kind: "own",
      architecture: `${fixture}#${pinned("a", fixture).slice(-12)}`,
    });
  });

  it("opens with its file in the working directory where that has moved, and with no other content", () => {
    const [before, after] = [join(folder, "net.mjs"), join(folder, "elsewhere")];
    const parameters = "parameters: () => ({ table: { shape: [1], initial: { fill: 0 } } })";
    writeFileSync(before, `export default { ${parameters}, hidden() {}, logits() {} };`);
    const model = modelAt(before);
    const gone = { ...model, architecture: model.architecture.replace("net.mjs", "gone/net.mjs") };
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    expect(Object.keys(modelParameters(gone))).toEqual(["table"]);
    writeFileSync(before, "export default {};");
    const changed = { ...model, architecture: model.architecture.replace("net.mjs", "lost/net.mjs") };
    expect(() => modelParameters(changed)).toThrow(/^architecture: net.mjs must be as it was \([0-9a-f]{12}\), got /);
    vi.spyOn(process, "cwd").mockReturnValue(after);
    expect(() => modelParameters({ ...changed, vocabSize: 10 })).toThrow("the file must be one that can be read");
  });

  it("says what a file lacks that is none", () => {
    const path = join(folder, "none.mjs");
    writeFileSync(path, "export default { parameters() {} };");
    expect(() => modelParameters(modelAt(path))).toThrow(
      "the module must give an architecture, got hidden: must be a function",
    );
  });
});

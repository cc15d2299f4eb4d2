/** @file Samples of a network that is told what it said: against its definition row by row, against the network that is told nothing, and batches. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { float32, type Tensor, type TensorMap } from "../../base/tensor.js";
import type { Engine } from "../../engine/contract.js";
import { openEngine } from "../../engine/open.js";
import { selfWeight } from "../../model/dit/noise.js";
import { logitsAt } from "../../model/logits.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { initialise } from "../../nn/params.js";
import { allSequences, chainProbability, conditional } from "../chain.fixture.js";
import { parseSampler, sampleWith } from "../choose.js";
import type { RowNames } from "../noise.js";
import { builtinSamplers } from "../samplers.js";
import { stagedDenoiser } from "../staged.js";
import { chain } from "../twoTokens.fixture.js";
import { type Denoiser, openDenoiser } from "./denoiser.js";

const [V, L, D] = [7, 6, 16];
const maskId = V - 1;
type Dit = Extract<ModelConfig, { kind: "dit" }>;
const plain: Dit = {
  ...{ kind: "dit", vocabSize: V, width: D, blocks: 2, heads: 2, length: L, conditioning: 8 },
  ...{ dropout: 0, causal: false },
};
const model: Dit = { ...plain, selfConditioning: true };

const drawn = (name: string, std: number, shape: number[]) =>
  initialise({ [name]: { shape, initial: { std } } }, 4)[name] as Tensor;
const weights: TensorMap = {
  ...initialise(modelParameters(plain), 3),
  "output_layer.linear.weight": drawn("output_layer.linear.weight", 0.4, [V, D]),
};
const told: TensorMap = { ...weights, [selfWeight]: drawn(selfWeight, 2, [D, V]) };
const zero: TensorMap = { ...weights, [selfWeight]: float32([D, V]) };

const alone = builtinSamplers
  .filter((sampler) => !("partner" in sampler || "datastore" in sampler))
  .map(({ name }) => name);

interface Asked {
  readonly xt: Int32Array;
  readonly names: RowNames;
  readonly positions: readonly number[];
  readonly answer: Float32Array;
}

/** The network, and all that it was asked and said. */
function watched(network: Denoiser): Denoiser & { readonly asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    ...{ asked, vocabSize: V, maskId, length: L, dispose: () => network.dispose() },
    async logits(xt, rows, positions, names) {
      const answer = (await network.logits(xt, rows, positions, names)).slice();
      asked.push({ xt: xt.slice(), names: names as RowNames, positions: [...positions], answer: answer.slice() });
      return answer;
    },
  };
}

const tensorsOf = (tensors: TensorMap) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape }]) => [name, tf.tensor(data as Float32Array, [...shape])]),
  );

/** softmax without the mask's token. */
function lawOf(logits: readonly number[]): number[] {
  const masses = logits.map((logit, v) => (v === maskId ? 0 : Math.exp(logit)));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / total);
}

/** From the definition: the logits of all positions of one row that is told `before`, what it said where it was masked last. */
function logitsOfRow(params: Record<string, tf.Tensor>, row: Int32Array, before?: readonly (number[] | undefined)[]) {
  const matrix = told[selfWeight]?.data as Float32Array;
  const embeddings = Array.from(row, (id, j) => {
    const law = id === maskId ? before?.[j] : undefined;
    return Array.from({ length: D }, (_, d) =>
      (law ?? []).reduce((sum, p, v) => sum + p * (matrix[d * V + v] as number), 0),
    );
  });
  const ids = tf.tensor2d(row, [1, L], "int32");
  const positions = tf.tensor1d(
    Array.from({ length: L }, (_, j) => j),
    "int32",
  );
  return logitsAt(params, plain, ids, positions, { told: tf.tensor2d(embeddings) }).arraySync() as number[][];
}

/** The largest difference between what was answered and the definition, row by row, each with its own last prediction. */
function distance(asked: readonly Asked[]): number {
  void tf.setBackend("cpu");
  const params = tensorsOf(weights);
  const said = new Map<number, (number[] | undefined)[]>();
  let most = 0;
  for (const { xt, names, positions, answer } of asked) {
    names.rows.forEach((name, i) => {
      const row = xt.subarray(i * L, (i + 1) * L);
      const logits = logitsOfRow(params, row, said.get(name));
      positions.forEach((position, k) => {
        if (Math.floor(position / L) !== i) return;
        logits[position % L]?.forEach((logit, v) => {
          most = Math.max(most, Math.abs(logit - (answer[k * V + v] as number)));
        });
      });
      said.set(
        name,
        Array.from(row, (id, j) => (id === maskId ? lawOf(logits[j] as number[]) : undefined)),
      );
    });
  }
  return most;
}

describe.each(["onnx", "reference"] as const)("a self-conditioned network, on %s,", (name) => {
  const open = async (tensors: TensorMap, own: ModelConfig = model) =>
    openDenoiser(await openEngine(name, name === "onnx" ? { threads: 1 } : {}), own, tensors);

  it.each(alone)("is told by %s what it said of each row in the state in which it was last asked", async (sampler) => {
    const network = watched(await open(told));
    await sampleWith(parseSampler(sampler), network, { numSteps: 4, batch: 3, seed: 2 });
    expect(network.asked.length).toBeGreaterThan(1);
    expect(distance(network.asked)).toBeLessThan(1e-3);
    // And says otherwise than if it were told nothing.
    const unheard = network.asked.map((one, i) => {
      return { ...one, names: { ...one.names, rows: one.names.rows.map((row) => 100 * i + row) } };
    });
    expect(distance(unheard)).toBeGreaterThan(1e-2);
  });

  it.each(alone)("with zero weights draws by %s what the network without draws", async (sampler) => {
    const options = { numSteps: 4, batch: 5, seed: 2 };
    const own = await sampleWith(parseSampler(sampler), await open(zero), options);
    expect(own).toEqual(await sampleWith(parseSampler(sampler), await open(weights, plain), options));
  });

  it("draws the same again, and a row whatever batch it is in: nothing is kept from one call to the next", async () => {
    const network = await open(told);
    const sampled = (batch: number, first = 0) =>
      sampleWith(parseSampler("ancestral"), network, { numSteps: 4, batch, first, seed: 5 });
    const whole = await sampled(6);
    expect(await sampled(6)).toEqual(whole);
    for (let i = 0; i < 6; i++) {
      expect([...(await sampled(1, i)).ids]).toEqual([...whole.ids.subarray(i * L, (i + 1) * L)]);
    }
  });

  it("is told nothing by who does not say which rows these are", async () => {
    const xt = Int32Array.of(0, 1, maskId, 2, maskId, 1);
    const [own, other] = [await open(told), await open(weights, plain)];
    const untold = (await own.logits(xt, 1, [2, 4])).slice();
    expect(untold).toEqual((await other.logits(xt, 1, [2, 4])).slice());
    expect((await own.logits(xt, 1, [2, 4], { seed: 1, rows: [0], step: 1 })).slice()).toEqual(untold);
  });
});

describe("equal rows", () => {
  const names = (step: number, call: object, ...rows: number[]): RowNames => ({ seed: 1, rows, step, call });
  const [a, b] = [Int32Array.of(6, 6, 6, 6, 6, 0), Int32Array.of(6, 6, 6, 6, 6, 3)];
  const next = Int32Array.of(6, 1, 6, 6, 2, 4);
  const both = (one: Int32Array, other: Int32Array) => Int32Array.from([...one, ...other]);

  async function counting(): Promise<{ network: Denoiser; shapes: (readonly number[] | undefined)[] }> {
    const engine = await openEngine("onnx", { threads: 1 });
    const shapes: (readonly number[] | undefined)[] = [];
    const watching: Engine = Object.assign(Object.create(engine), {
      compile: (...given: Parameters<Engine["compile"]>) => {
        shapes.push(given[1].inputs.ids?.shape);
        return engine.compile(...given);
      },
    });
    return { network: openDenoiser(watching, model, told), shapes };
  }

  it("that were told alike are evaluated once, in every step, and told alike again", async () => {
    const { network, shapes } = await counting();
    const call = {};
    for (const [step, row] of [a, next].entries()) {
      const answer = await network.logits(both(row, row), 2, [0, L], names(step + 1, call, 4, 5));
      expect(answer.slice(0, V)).toEqual(answer.slice(V, 2 * V));
    }
    expect(shapes.filter(Boolean).map((shape) => shape?.[0])).toEqual([1, 1]);
  });

  it("that came from unlike states are told each its own", async () => {
    const { network } = await counting();
    const alone = async (from: Int32Array) => {
      const call = {};
      await network.logits(from, 1, [0], names(1, call, 4));
      return (await network.logits(next, 1, [0], names(2, call, 4))).slice();
    };
    const call = {};
    await network.logits(both(a, b), 2, [0, L], names(1, call, 4, 5));
    const answer = (await network.logits(both(next, next), 2, [0, L], names(2, call, 4, 5))).slice();
    const wanted = [...(await alone(a)), ...(await alone(b))];
    wanted.forEach((logit, i) => {
      expect(answer[i]).toBeCloseTo(logit, 5);
    });
    expect(Math.abs((answer[0] as number) - (answer[V] as number))).toBeGreaterThan(1e-3);
  });
});

it("a large vocabulary, whose head does a chunk at a time, is told the same", async () => {
  const [size, length] = [50_258, 512];
  const large: Dit = { ...model, vocabSize: size, width: 8, length };
  const own = { ...initialise(modelParameters(large), 3), [selfWeight]: drawn(selfWeight, 30, [8, size]) };
  const network = openDenoiser(await openEngine("onnx"), large, own);
  const few = Int32Array.from({ length }, (_, j) => (j < 40 ? size - 1 : j));
  const many = few.map((id, j) => (j < 400 ? size - 1 : id));
  // Of 400 masks the logits of the last ones are not kept, and what was said there is told all the same.
  const said = async (from: Int32Array, asked: number) => {
    const call = {};
    await network.logits(from, 1, [asked], { seed: 1, rows: [0], step: 1, call });
    return (await network.logits(few, 1, [39], { seed: 1, rows: [0], step: 2, call })).slice(0, 100);
  };
  const [one, other] = [await said(many, 0), await said(many, 399)];
  one.forEach((logit, v) => {
    expect(other[v]).toBeCloseTo(logit, 4);
  });
  const untold = (await network.logits(few, 1, [39])).slice(0, 100);
  expect(Math.max(...one.map((logit, v) => Math.abs(logit - (untold[v] as number))))).toBeGreaterThan(1e-3);
  network.dispose();
});

it("students of a schedule are told what they said themselves, each its own", async () => {
  const engine = await openEngine("onnx", { threads: 1 });
  const other = { ...told, [selfWeight]: drawn("other", 2, [D, V]) };
  const late = watched(openDenoiser(engine, model, told));
  const both = stagedDenoiser([
    { denoiser: openDenoiser(engine, model, other), until: 0.5 },
    { denoiser: late, until: 1 },
  ]);
  await sampleWith(parseSampler("ancestral"), both, { numSteps: 4, batch: 3, seed: 2 });
  expect(distance(late.asked)).toBeLessThan(1e-3);
});

it("a network that is right has nothing to learn from what it said before: tokens that stand say it all", () => {
  // Rows of the chain are masked in two steps; the law of a token given the later state and all that was said in the earlier one is the law
  // given the later state. So there is no joint law whose ideal student self-conditioning improves: it is for networks that are not right.
  const masks = allSequences(2, 3);
  const seen = new Map<string, { readonly state: number[]; readonly mass: number[][] }>();
  for (const x of allSequences(2, 3)) {
    for (const early of masks) {
      for (const late of masks.filter((one) => one.every((m, j) => m <= (early[j] as number)))) {
        const stateOf = (mask: readonly number[]) => x.map((v, j) => (mask[j] === 1 ? -1 : v));
        const [before, state] = [stateOf(early), stateOf(late)];
        const said = before.map((v, i) => (v === -1 ? conditional(chain, before, i).map((p) => p.toFixed(9)) : v));
        const key = JSON.stringify([state, said]);
        const cell = seen.get(key) ?? { state, mass: state.map(() => [0, 0]) };
        seen.set(key, cell);
        // Masked by chance 0.7 at first, and 0.4 of these at last.
        const chances = early.map((m, j) => (m === 0 ? 0.3 : late[j] === 1 ? 0.28 : 0.42));
        const mass = chances.reduce((product, p) => product * p, chainProbability(chain, x));
        x.forEach((v, i) => {
          (cell.mass[i] as number[])[v] = ((cell.mass[i] as number[])[v] as number) + mass;
        });
      }
    }
  }
  expect(seen.size).toBeGreaterThan(60);
  for (const { state, mass } of seen.values()) {
    state.forEach((v, i) => {
      if (v !== -1) return;
      const [p0 = 0, p1 = 0] = mass[i] as number[];
      expect(p0 / (p0 + p1)).toBeCloseTo(conditional(chain, state, i)[0] as number, 12);
    });
  }
});

/** @file Distribution matching: both gradients against enumeration and differences, what rows are held against, and a run that is stopped. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream, specsOfTensors, type Tensor, type TensorMap } from "@sdtt/core/base";
import { loadCheckpoint, saveCheckpoint, weightsHash } from "@sdtt/core/checkpoint";
import { subsLogProbs } from "@sdtt/core/diffusion";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { logitsAt, modelParameters, noiseWeight, toldAt } from "@sdtt/core/model";
import { adamwDefaults, asCritic, criticOf, groupOf, grouped, lossAndGradients, wholeLoss } from "@sdtt/core/optim";
import { openDenoiser } from "@sdtt/core/sampler";
import { firstBatch } from "@sdtt/core/text";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { keeping, matchingModel, tinyMatching, tinyMatchingStart, tinyModel, tinyRound } from "../../tiny.fixture.js";
import { liveStudent } from "../../training/liveStudent.js";
import type { Task } from "../../training/task.js";
import { type TrainOptions, type TrainState, train } from "../../training/train.js";
import { credits, criticLoss, studentLoss } from "./matching.js";
import { held } from "./matchingLook.js";

const options: TrainOptions = {
  updates: 8,
  schedule: { name: "cosine", peak: 0.01, warmup: 2, updates: 8 },
  adamw: { ...adamwDefaults, emaDecay: 0.9 },
  checkpointEvery: 3,
};
const { length, vocabSize: V } = tinyModel;

beforeAll(async () => {
  await openEngine("reference");
});

/** Two rows of two masks and three tokens; the mask is the fourth. */
describe("the student's gradient on all that two rows can become", () => {
  const tokens = [0, 1, 2];
  const size = 4;
  const rowsOf = (what: string, count: number, width: number): number[][] => {
    const values = randomStream(7, what).normals(count * width);
    return Array.from({ length: count }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
  };
  const theta = rowsOf("student", 4, 3);
  const softmax = (row: readonly number[]) => {
    const all = row.reduce((sum, x) => sum + Math.exp(x), 0);
    return row.map((x) => Math.exp(x) / all);
  };
  /** What a row can become: the token of each position, or the mask, and how often these positions are revealed. */
  const states = [...tokens, 3].flatMap((a) => [...tokens, 3].map((b) => [a, b] as const));
  const chanceOf = (state: readonly number[]) => (state.filter((token) => token < 3).length === 1 ? 1 / 6 : 1 / 3);
  /** Logits of each row, state and position. */
  const [critic, teacher] = ["critic", "teacher"].map((who) => {
    return [0, 1].map((row) => states.map((_, s) => rowsOf(`${who} ${row} ${s}`, 2, size)));
  }) as [number[][][][], number[][][][]];
  const lawOf = (row: number, state: readonly number[], at: readonly (readonly number[])[]) =>
    state.reduce((p, token, l) => p * (token < 3 ? (softmax(at[2 * row + l] as number[])[token] as number) : 1), 1);
  const gapOf = (row: number, s: number, l: number, v: number) => {
    const logitsOf = (all: number[][][][]) => ((all[row] as number[][][])[s] as number[][])[l] as number[];
    const logOf = (all: number[][][][]) => Math.log(softmax(logitsOf(all).slice(0, 3))[v] as number);
    return logOf(critic) - logOf(teacher);
  };
  /** The mean over all that both rows can become, by no more than its definition. */
  const objective = (at: readonly (readonly number[])[]) =>
    [0, 1].reduce((sum, row) => {
      return states.reduce((all, state, s) => {
        const own = state.reduce((h, token, l) => {
          if (token < 3) return h;
          const law = softmax(at[2 * row + l] as number[]);
          return h + law.reduce((one, p, v) => one + p * gapOf(row, s, l, v), 0);
        }, 0);
        return all + (chanceOf(state) * lawOf(row, state, at) * own) / 4;
      }, sum);
    }, 0);

  /** Its gradient as an update has it, averaged over all that can be drawn. */
  function expected(creditsOf: (heights: readonly number[]) => readonly number[]): number[] {
    const logits = tf.tensor2d(theta.map((row) => [...row, 0]));
    const sum = new Float64Array(16);
    for (const [s, first] of states.entries()) {
      for (const [u, second] of states.entries()) {
        const zs = [...first, ...second];
        const chance = chanceOf(first) * chanceOf(second) * lawOf(0, first, theta) * lawOf(1, second, theta);
        const said = [
          [critic[0]?.[s], critic[1]?.[u]],
          [teacher[0]?.[s], teacher[1]?.[u]],
        ].map((own) => tf.tensor2d(own.flat() as number[][]));
        const open = tf.tensor2d(zs.map((token) => [Number(token === 3)]));
        const asked = { student: logits, critic: said[0] as tf.Tensor, teacher: said[1] as tf.Tensor, open };
        const { gap, heights } = held(asked) as { gap: tf.Tensor; heights: tf.Tensor };
        const h = Array.from(heights.dataSync());
        const own = creditsOf([0, 1].map((row) => (h[2 * row] as number) + (h[2 * row + 1] as number)));
        const rows = {
          gap,
          drawn: tf.tensor1d(
            zs.map((token) => token % 3),
            "int32",
          ),
          credit: tf.tensor1d(zs.map((token, i) => (token < 3 ? (own[i >> 1] as number) : 0))),
          said: tf.zeros([4]),
        };
        const slope = tf.grad((x) => tf.sum(tf.mul(studentLoss(tf.add(x, [0, 0, 0, -1e6]), rows), 0.25)))(logits);
        slope.dataSync().forEach((one, i) => {
          sum[i] = (sum[i] as number) + chance * one;
        });
      }
    }
    return [...sum].filter((_, i) => i % size < 3);
  }

  const differences = () =>
    theta.flatMap((row, i) =>
      row.map((_, v) => {
        const moved = (by: number) =>
          objective(theta.map((own, j) => own.map((x, w) => x + (i === j && w === v ? by : 0))));
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      }),
    );
  const apart = (found: readonly number[]) =>
    differences().reduce((most, slope, i) => Math.max(most, Math.abs(slope - (found[i] as number))), 0);

  it("is on average that of the objective, the law of what is drawn included", () => {
    expect(apart(expected(credits))).toBeLessThan(1e-5);
  });

  it("is not without the term that the published gradient drops", () => {
    expect(apart(expected((heights) => heights.map(() => 0)))).toBeGreaterThan(4e-3);
  });

  it("is not where a row is in the mean that it is held against", () => {
    const own = (heights: readonly number[]) =>
      heights.map((h) => h - ((heights[0] as number) + (heights[1] as number)) / 2);
    expect(apart(expected(own))).toBeGreaterThan(4e-3);
  });
});

describe("credits", () => {
  it("are each row's sum over the mean of the others", () => {
    expect(credits([1, 2, 6])).toEqual([1 - 4, 2 - 3.5, 6 - 1.5]);
    expect(credits([0, 0])).toEqual([0, 0]);
    expect(credits([5])).toEqual([5]);
  });
});

it("the critic's loss is the cross-entropy of both laws, and its gradient is that of differences", () => {
  const logits = [0.3, -1, 0.8, 2, 0.1, -0.4];
  const shares = [0.7, 0.9, 0.4, 1.2, 0.3, 0.5];
  const plain = (at: readonly number[]) =>
    [0, 1].reduce((sum, row) => {
      const own = at.slice(3 * row, 3 * row + 3);
      const all = Math.log(own.reduce((total, x) => total + Math.exp(x), 0));
      return own.reduce((loss, x, v) => loss - (shares[3 * row + v] as number) * (x - all), sum);
    }, 0);
  const of = { shares: tf.tensor2d(shares, [2, 3]) };
  const { value, grad } = tf.valueAndGrad((x) => tf.sum(criticLoss(x, of)))(tf.tensor2d(logits, [2, 3]));
  expect(value.dataSync()[0]).toBeCloseTo(plain(logits), 5);
  grad.dataSync().forEach((slope, i) => {
    const at = (by: number) => plain(logits.map((x, j) => (i === j ? x + by : x)));
    expect(slope).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 4);
  });
});

/** All that learns in a state, as a program holds it. */
const learning = ({ model, optimizer }: TrainState): TensorMap => ({
  ...grouped("model", model),
  ...grouped("model", groupOf("model", optimizer)),
});

const liveOf = (engine: Engine, task: Task, start: TrainState) =>
  liveStudent(
    () => task.model,
    async (name, inputs, compute) => {
      const state = learning(start);
      const program = await engine.compile(compute, {
        name,
        inputs: specsOfTensors(inputs),
        state: specsOfTensors(state),
      });
      program.load(state);
      return program.run(inputs);
    },
  );

async function inputsOf(engine: Engine, task: Task, start: TrainState, n = 1): Promise<TensorMap> {
  const part = await (await task.batch(n, firstBatch)).parts[0]?.(liveOf(engine, task, start));
  return part?.inputs as TensorMap;
}

const ofTensors = (tensors: TensorMap) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, t]) => [
      name,
      tf.tensor(t.data as Float32Array, [...t.shape], t.dtype as "float32"),
    ]),
  );
const paramsOf = (start: TrainState) => ofTensors(groupOf("model", learning(start)));
const numbers = (inputs: TensorMap, name: string) => Array.from((inputs[name] as Tensor).data, Number);

describe("what rows are held against", () => {
  it.each(["reference", "onnx"] as const)(
    "is what student, critic and teacher say of one step of the student's, by %s",
    async (name) => {
      const engine = await openEngine(name);
      const task = tinyMatching(engine, { dropout: 0 });
      const start = tinyMatchingStart(0.3);
      let revealedInAll = 0;
      for (const n of [1, 2, 3]) {
        const inputs = await inputsOf(engine, task, start, n);
        await openEngine("reference");
        const { ids, stepped, positions, drawn, weights } = inputs as Record<string, Tensor>;
        const [zt, zs] = [ids, stepped].map((t) => t?.data as Int32Array) as [Int32Array, Int32Array];
        const critic = openDenoiser(engine, { ...tinyModel, dropout: 0 }, criticOf(groupOf("model", start.optimizer)));
        const teacher = openDenoiser(engine, { ...tinyModel, dropout: 0 }, tinyMatchingStart().model);
        const count = numbers(inputs, "weights").filter((w) => w > 0).length;
        const asked = Array.from(positions?.data ?? [], Number).slice(0, count);
        const lawsOf = async (network: typeof critic) =>
          tf.tensor2d((await network.logits(zs, 4, asked)).slice(), [count, V]);
        const params = paramsOf(start);
        const of = ofTensors({ ids: ids as Tensor, positions: positions as Tensor, noise: inputs.noise as Tensor });
        const told = toldAt(params, of.noise as tf.Tensor, of.positions as tf.Tensor, zt.length);
        const said = subsLogProbs(
          logitsAt(params, matchingModel, of.ids as tf.Tensor, of.positions as tf.Tensor, { told }),
        );
        const g = said.arraySync() as number[][];
        const [f, frozen] = [await lawsOf(critic), await lawsOf(teacher)].map(
          (logits) => subsLogProbs(logits).arraySync() as number[][],
        );
        const h = [0, 0, 0, 0];
        asked.forEach((position, k) => {
          const isOpen = zs[position] === V - 1;
          expect(zt[position]).toBe(V - 1);
          if (!isOpen)
            expect([zs[position], numbers(inputs, "said")[k]]).toEqual([
              drawn?.data[k],
              expect.closeTo(g[k]?.[zs[position] as number] as number, 4),
            ]);
          revealedInAll += Number(!isOpen);
          for (let v = 0; v < V - 1; v++) {
            const [own, c, t] = [g, f, frozen].map((all) => all?.[k]?.[v] as number) as [number, number, number];
            expect(numbers(inputs, "gap")[k * V + v]).toBeCloseTo(isOpen ? c - t : 0, 3);
            expect(numbers(inputs, "shares")[k * V + v]).toBeCloseTo(isOpen ? Math.exp(own) + Math.exp(t) : 0, 4);
            const row = Math.floor(position / length);
            if (isOpen) h[row] = (h[row] as number) + Math.exp(own) * (c - t);
          }
          expect(weights?.data[k]).toBeCloseTo(1 / count, 6);
        });
        expect(zs.filter((id, i) => id !== zt[i]).length).toBe(
          asked.filter((position) => zs[position] !== V - 1).length,
        );
        asked.forEach((position, k) => {
          const row = Math.floor(position / length);
          const others = h.filter((_, i) => i !== row).reduce((sum, x) => sum + x / 3, 0);
          const credit = zs[position] === V - 1 ? 0 : (h[row] as number) - others;
          expect(numbers(inputs, "credit")[k]).toBeCloseTo(credit, 3);
        });
      }
      expect(revealedInAll).toBeGreaterThan(5);
    },
  );

  it("is told in nine rows of ten, and untold rows are told zeros", async () => {
    const engine = await openEngine("reference");
    const task = tinyMatching(engine);
    let [told, all] = [0, 0];
    for (let n = 1; n <= 10; n++) {
      const inputs = await inputsOf(engine, task, tinyMatchingStart(), n);
      const size = matchingModel.noise.size;
      const noise = numbers(inputs, "noise");
      const rows = new Map<number, boolean>();
      for (const [k, weight] of numbers(inputs, "weights").entries()) {
        const isTold = noise.slice(k * size, (k + 1) * size).some((x) => x !== 0);
        if (weight === 0) {
          expect(isTold).toBe(false);
          continue;
        }
        const row = Math.floor(Number(inputs.positions?.data[k]) / length);
        expect(rows.get(row) ?? isTold).toBe(isTold);
        rows.set(row, isTold);
      }
      all += rows.size;
      told += [...rows.values()].filter(Boolean).length;
    }
    expect(told).toBeLessThan(all);
    expect(told / all).toBeGreaterThan(0.7);
  });

  it("is of the rows and masks of SDTT", async () => {
    const engine = await openEngine("reference");
    const sdtt = tinyRound(engine, { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 2, grid: "paper" });
    const part = await (await sdtt.batch(1, firstBatch)).parts[0]?.();
    expect((await inputsOf(engine, tinyMatching(engine), tinyMatchingStart())).ids).toEqual(part?.inputs.ids);
  });
});

describe("the two losses of an update", () => {
  const gradientsAt = async (zeroed: readonly string[]) => {
    const engine = await openEngine("reference");
    const task = tinyMatching(engine);
    const start = tinyMatchingStart(0.3);
    const made = await inputsOf(engine, task, start, 2);
    const zero = Object.fromEntries(
      zeroed.map((name) => [
        name,
        { ...(made[name] as Tensor), data: new Float32Array((made[name] as Tensor).data.length) },
      ]),
    );
    const inputs = ofTensors({ ...made, ...zero });
    const { gradients } = lossAndGradients(paramsOf(start), (p) => wholeLoss(task.loss)(p, inputs));
    const sizeOf = (own: Record<string, tf.Tensor>) =>
      Math.max(...Object.values(own).map((t) => Number(tf.max(tf.abs(t)).dataSync()[0])));
    const critics = asCritic(criticOf(gradients));
    const models = Object.fromEntries(Object.entries(gradients).filter(([name]) => !(name in critics)));
    return { critic: sizeOf(critics), model: sizeOf(models) };
  };

  it("move each its own network, and the other by nothing", async () => {
    const student = await gradientsAt(["shares"]);
    expect(student.critic).toBe(0);
    expect(student.model).toBeGreaterThan(1e-4);
    const critic = await gradientsAt(["gap", "credit"]);
    expect(critic.model).toBe(0);
    expect(critic.critic).toBeGreaterThan(1e-4);
  });

  it("have gradients that are those of differences through both networks", async () => {
    const engine = await openEngine("reference");
    const task = tinyMatching(engine, { dropout: 0 });
    const start = tinyMatchingStart(0.3);
    const inputs = ofTensors(await inputsOf(engine, task, start, 2));
    const params = paramsOf(start);
    const lossAt = (at: Record<string, tf.Tensor>) => Number(wholeLoss(task.loss)(at, inputs).dataSync()[0]);
    const { gradients } = lossAndGradients(params, (p) => wholeLoss(task.loss)(p, inputs));
    for (const name of [
      noiseWeight,
      "vocab_embed.embedding",
      "critic.blocks.0.attn_qkv.weight",
      "critic.output_layer.linear.weight",
    ]) {
      const slope = gradients[name] as tf.Tensor;
      const size = Number(tf.norm(slope).dataSync()[0]);
      const step = tf.mul(slope, 0.02 / size);
      const moved = (sign: number) =>
        lossAt({ ...params, [name]: tf.add(params[name] as tf.Tensor, tf.mul(step, sign)) });
      expect([name, (moved(1) - moved(-1)) / 0.04 / size]).toEqual([name, expect.closeTo(1, 2)]);
    }
  });

  it.each(["reference", "onnx"] as const)(
    "leave a student as it is, to the bit, while its critic is its teacher; the critic learns (%s)",
    async (name) => {
      const engine = await openEngine(name);
      const start = tinyMatchingStart();
      const hooks = keeping();
      const end = await train(engine, tinyMatching(engine), start, { ...options, updates: 1 }, hooks);
      expect(hooks.points[0]?.gradNorm).toBe(0);
      expect(weightsHash(end.model)).toBe(weightsHash(start.model));
      expect(weightsHash(groupOf("model", end.optimizer))).not.toBe(weightsHash(groupOf("model", start.optimizer)));
      const further = await train(engine, tinyMatching(engine), end, { ...options, updates: 2 }, keeping());
      expect(weightsHash(further.model)).not.toBe(weightsHash(start.model));
    },
  );
});

it.each(["reference", "onnx"] as const)(
  "a run goes on after a stop byte for byte, its critic too, and its student has none of it (%s)",
  async (name) => {
    const engine = await openEngine(name);
    const whole = await train(engine, tinyMatching(engine), tinyMatchingStart(0.3), options, keeping());
    const first = await train(engine, tinyMatching(engine), tinyMatchingStart(0.3), options, keeping(3));
    expect(first.update).toBeLessThan(options.updates);
    const folder = mkdtempSync(join(tmpdir(), "matching-"));
    saveCheckpoint(join(folder, "kept"), { ...first, state: { update: first.update } });
    const { model, ema, optimizer } = loadCheckpoint(join(folder, "kept")) as unknown as TrainState;
    rmSync(folder, { recursive: true });
    expect(await train(engine, tinyMatching(engine), { ...first, model, ema, optimizer }, options, keeping())).toEqual(
      whole,
    );
    const names = Object.keys(modelParameters(matchingModel)).sort();
    expect([whole.model, whole.ema].map((weights) => Object.keys(weights).sort())).toEqual([names, names]);
    expect(Object.keys(groupOf("model", whole.optimizer))).toContain("critic.vocab_embed.embedding");
  },
);

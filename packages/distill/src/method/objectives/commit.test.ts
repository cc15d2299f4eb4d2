/** @file Commit-time targets: rollouts and targets against their definition, the loss by hand, and a run that is stopped. */
import { randomStream, type Tensor, type TensorMap } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import { openEngine } from "@sdtt/core/engine";
import { type Denoiser, openDenoiser, tokenLaw } from "@sdtt/core/sampler";
import { describe, expect, it } from "vitest";
import { keeping, standingIn, tinyCommit, tinyModel, tinyStart } from "../../tiny.fixture.js";
import { inputsOf, shortTraining } from "../../training/short.fixture.js";
import { train } from "../../training/train.js";
import { rolledOut } from "./commit.js";

const options = shortTraining(6, 0.02);
const { length, vocabSize: V } = tinyModel;
const maskId = V - 1;
const engine = await openEngine("onnx");
const networkOf = (weights: TensorMap) => openDenoiser(engine, { ...tinyModel, dropout: 0 }, weights);
const drawOf = (row: number) => randomStream(1, "draw", row);

const sureOf = async (network: Denoiser, state: Int32Array, at: number) => {
  const logits = await network.logits(state, state.length / length, [at]);
  return Math.max(...tokenLaw(logits, 0, V));
};

describe("a rollout", () => {
  it("commits in each step what the student is sure of, the surest in any case, and all in the last", async () => {
    const student = networkOf(tinyStart().model);
    const xt = Int32Array.from({ length: 2 * length }, (_, i) => (i % length < 2 ? 3 : maskId));
    const { states, committedAt } = await rolledOut(student, xt, length, { steps: 3, threshold: 0.5 }, drawOf);
    expect(states).toHaveLength(3);
    expect(states[0]).toEqual(xt);
    for (const [i, at] of committedAt.entries()) {
      if (i % length < 2) expect(at).toBe(0);
      else {
        expect(states.map((state) => state[i] === maskId)).toEqual([1, 2, 3].map((step) => at >= step));
        const sure = await sureOf(student, states[at - 1] as Int32Array, i);
        const others = [...committedAt.keys()].filter(
          (j) => Math.floor(j / length) === Math.floor(i / length) && committedAt[j] === at,
        );
        if (at < 3 && others.length > 1 && sure < 0.5) {
          // It is the surest of its step; the others are above the threshold.
          for (const j of others)
            expect(await sureOf(student, states[at - 1] as Int32Array, j)).toBeGreaterThanOrEqual(sure - 1e-3);
        }
      }
    }
    expect(new Set(committedAt).size).toBeGreaterThan(2);
  });
});

describe("commit-time targets", () => {
  /** The batch of update n as the student with these weights makes it. */
  const batchOf = (weights: TensorMap, n = 1) =>
    inputsOf(tinyCommit(engine, { dropout: 0 }), n, standingIn(networkOf(weights)));
  const bias = "output_layer.linear.bias";
  /** The teacher with a liking for one token: a student that has gone elsewhere. */
  const moved = (): TensorMap => {
    const { model } = tinyStart();
    const data = ((model[bias] as Tensor).data as Float32Array).map((x, v) => x + (v === 2 ? 3 : 0));
    return { ...model, [bias]: { ...(model[bias] as Tensor), data } };
  };

  it("are what the teacher says in the states in which the student committed, asked of all that waits", async () => {
    const { model } = tinyStart();
    const teacher = networkOf(model);
    const equal: boolean[] = [];
    for (let n = 1; n <= 6; n++) {
      const inputs = await batchOf(moved(), n);
      const ids = (inputs.ids as Tensor).data as Int32Array;
      const used = Array.from((inputs.weights as Tensor).data).filter((x) => Number(x) > 0).length;
      const positions = Array.from((inputs.positions as Tensor).data.subarray(0, used), Number);
      expect(new Set(positions)).toEqual(new Set([...ids.keys()].filter((i) => ids[i] === maskId)));
      // What is committed first where it learns is said of that very state, what waits longer of another.
      const said = (await teacher.logits(ids, ids.length / length, positions)).slice();
      const targets = (inputs.targetLogits as Tensor).data as Float32Array;
      positions.forEach((_, k) => {
        const [a, b] = [said, targets].map((logits) => logits.subarray(k * V, k * V + V - 1)) as [
          Float32Array,
          Float32Array,
        ];
        equal.push(a.every((x, v) => Math.abs(x - (b[v] as number)) < 1e-4));
      });
    }
    expect(equal.filter((one) => one).length).toBeGreaterThan(6);
    expect(equal.filter((one) => !one).length).toBeGreaterThan(6);
  });

  it("are of rows that the student writes, and move with it", async () => {
    const ids = async (weights: TensorMap) =>
      Promise.all([1, 2, 3].map(async (n) => ((await batchOf(weights, n)).ids as Tensor).data));
    expect(await ids(moved())).not.toEqual(await ids(tinyStart().model));
  });

  it("have the divergence's sum over what waits, by the batch's masks, as their loss, of the student that trains", async () => {
    const hooks = keeping();
    const model = moved();
    await train(
      engine,
      tinyCommit(engine, { dropout: 0 }),
      { ...tinyStart(), model },
      { ...options, updates: 1 },
      hooks,
    );
    const inputs = await batchOf(model);
    const ids = (inputs.ids as Tensor).data as Int32Array;
    const all = Array.from((inputs.positions as Tensor).data, Number);
    const logits = await networkOf(model).logits(ids, ids.length / length, all);
    const targets = (inputs.targetLogits as Tensor).data as Float32Array;
    const loss = all.reduce((sum, _, k) => {
      const weight = Number((inputs.weights as Tensor).data[k]);
      const [p, q] = [tokenLaw(logits, k * V, V), tokenLaw(targets, k * V, V)];
      const kl = (a: Float64Array) =>
        a.reduce((s, x, v) => s + (x === 0 ? 0 : x * Math.log(x / (((p[v] as number) + (q[v] as number)) / 2))), 0);
      return sum + (weight === 0 ? 0 : (weight * (kl(p) + kl(q))) / 2);
    }, 0);
    expect(loss).toBeGreaterThan(1e-4);
    expect(hooks.points[0]?.loss).toBeCloseTo(loss, 5);
  });

  it("go on after a stop byte for byte", async () => {
    const whole = await train(engine, tinyCommit(engine), tinyStart(), options, keeping());
    const first = await train(engine, tinyCommit(engine), tinyStart(), options, keeping(3));
    expect(first.update).toBeLessThan(options.updates);
    const end = await train(engine, tinyCommit(engine), first, options, keeping());
    expect([end.model, end.ema].map(weightsHash)).toEqual([whole.model, whole.ema].map(weightsHash));
  });
});

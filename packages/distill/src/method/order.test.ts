/** @file Rounds from coarse to fine: which rows they mask, what the teacher reveals, and a run that is stopped. */
import { randomStream, type TensorMap } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import { openEngine } from "@sdtt/core/engine";
import { adamwDefaults } from "@sdtt/core/optim";
import { type Denoiser, shiftedOrder } from "@sdtt/core/sampler";
import { firstBatch } from "@sdtt/core/text";
import { describe, expect, it } from "vitest";
import { keeping, tinyRound, tinyStart } from "../tiny.fixture.js";
import { type TrainOptions, train } from "../training/train.js";
import { inOrder, maskRows } from "./order.js";
import { sdttTargets } from "./targets.js";

const length = 16;
const maskId = 9;
const round = { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 3, grid: "paper" } as const;

const maskedOf = (xt: Int32Array, row: number) =>
  Array.from({ length }, (_, j) => j).filter((j) => xt[row * length + j] === maskId);

describe("rows from coarse to fine", () => {
  it("keep the first (1 − t)·L positions of an order and mask the others, one at least", () => {
    const t = Float64Array.of(1, 0.75, 0.5, 0.25, 1e-5);
    const { xt, orders } = maskRows("spaced", randomStream(1, "rows"), new Int32Array(5 * length), t, maskId);
    expect(Array.from(t, (_, row) => maskedOf(xt, row).length)).toEqual([16, 12, 8, 4, 1]);
    orders?.forEach((order, row) => {
      const masked = maskedOf(xt, row);
      expect([...order.slice(length - masked.length)].sort((a, b) => a - b)).toEqual(masked);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, j) => j));
    });
    // Half of all: every other position.
    expect(maskedOf(xt, 2).map((j) => j % 2)).toEqual(Array(8).fill((maskedOf(xt, 2)[0] as number) % 2));
    expect(new Set(orders?.map((order) => order[0])).size).toBeGreaterThan(1);
  });

  it("by chance are masked as ever", () => {
    const [x0, t] = [new Int32Array(4 * length), Float64Array.of(0.2, 0.4, 0.6, 0.8)];
    const { xt, orders } = maskRows("random", randomStream(1, "rows"), x0, t, maskId);
    const draws = randomStream(1, "rows").uniforms(4 * length);
    const isMasked = (i: number) => (draws[i] as number) < (1 - 1e-3) * (t[Math.floor(i / length)] as number);
    expect([...xt]).toEqual([...x0.keys()].map((i) => (isMasked(i) ? maskId : 0)));
    expect(orders).toBeUndefined();
  });
});

describe("the teacher's steps from coarse to fine", () => {
  it("reveal as many as by chance on average, always the first of the order that are left", () => {
    const order = shiftedOrder(length, 0.4);
    const rule = inOrder({ asked: (masked) => masked, token: () => 0 }, order, randomStream(2, "asked"));
    const masked = order.slice(3).sort((a, b) => a - b);
    let sum = 0;
    for (let i = 0; i < 4000; i++) {
      const asked = rule.asked(masked, 0.27);
      sum += asked.length;
      expect(new Set(asked)).toEqual(new Set(order.slice(3, 3 + asked.length)));
      expect([3, 4]).toContain(asked.length);
    }
    expect(Math.abs(sum / 4000 - 13 * 0.27)).toBeLessThan(0.03);
  });

  it("give each position the teacher's word in the state that has what comes before it in the order", async () => {
    // What it says of a position is which others stood.
    const teacher: Denoiser = {
      ...{ vocabSize: 10, maskId, length, dispose() {} },
      async logits(xt, _rows, positions) {
        const standing = xt.filter((id) => id !== maskId).length;
        return Float32Array.from(positions.flatMap(() => [standing, ...Array(9).fill(-50)]));
      },
    };
    const t = Float64Array.of(0.75);
    const { xt, orders } = maskRows("spaced", randomStream(3, "rows"), new Int32Array(length), t, maskId);
    const order = orders?.[0] as readonly number[];
    const rule = { asked: (masked: readonly number[]) => masked, token: () => 0 };
    const options = { dt: 0.25, substeps: 3, grid: "paper" } as const;
    const { positions, logits } = await sdttTargets(teacher, xt, t, options, () =>
      inOrder(rule, order, randomStream(4, "asked")),
    );
    const stoodAt = new Map(positions.map((position, i) => [position, logits[10 * i]]));
    // Twelve masks in three steps of four: 4, 8 and 12 stand before them.
    const expected = order.slice(4).map((_, i) => 4 + 4 * Math.floor(i / 4));
    expect(order.slice(4).map((position) => stoodAt.get(position))).toEqual(expected);
  });
});

it("a round from coarse to fine goes on after a stop byte for byte", async () => {
  const options: TrainOptions = {
    updates: 6,
    schedule: { name: "cosine", peak: 0.01, warmup: 2, updates: 6 },
    adamw: { ...adamwDefaults, emaDecay: 0.9 },
    checkpointEvery: 3,
  };
  const engine = await openEngine("onnx");
  const task = () => tinyRound(engine, round, { order: "spaced" });
  const whole = await train(engine, task(), tinyStart(), options, keeping());
  const first = await train(engine, task(), tinyStart(), options, keeping(2));
  const end = await train(engine, task(), first, options, keeping());
  expect([end.model, end.ema].map(weightsHash)).toEqual([whole.model, whole.ema].map(weightsHash));
  const idsOf = async (one: ReturnType<typeof task>): Promise<TensorMap[string] | undefined> =>
    (await (await one.batch(1, firstBatch)).parts[0]?.())?.inputs.ids;
  expect(await idsOf(task())).not.toEqual(await idsOf(tinyRound(engine, round)));
});

import { randomStream, type TensorMap, UserError } from "@sdtt/core/base";
import { openEngine } from "@sdtt/core/engine";
import { isSelfConditioned } from "@sdtt/core/model";
import { adamwDefaults } from "@sdtt/core/optim";
import { describe, expect, it } from "vitest";
import {
  keeping,
  tinyAlpha,
  tinyCommit,
  tinyGumbel,
  tinyMatching,
  tinyMatchingStart,
  tinyMixture,
  tinyMixtureStart,
  tinyModel,
  tinyPretrain,
  tinyRound,
  tinySelfStart,
  tinyStart,
  tinyToldStart,
} from "../tiny.fixture.js";
import { allRows, dropoutMask, rowsOfParts } from "./pretrainTask.js";
import type { Task } from "./task.js";
import { type TrainOptions, type TrainState, train } from "./train.js";

const options: TrainOptions = {
  updates: 6,
  schedule: { name: "constant", peak: 0.003, warmup: 2, updates: 6 },
  // With Adam's own eps a gradient of rounding noise alone moves a parameter by the whole rate.
  adamw: { ...adamwDefaults, emaDecay: 0.9, eps: 1e-3 },
  checkpointEvery: 100,
};
const round = { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 2, grid: "paper" } as const;
const onnx = await openEngine("onnx", { threads: 1 });
const reference = await openEngine("reference");

async function trained(engine: typeof onnx, task: Task) {
  const hooks = keeping();
  const noise = task.model.kind === "dit" ? task.model.noise?.law : undefined;
  const starts = { gumbel: () => tinyToldStart(0.5), choice: tinyMixtureStart, gaussian: () => tinyMatchingStart(0.5) };
  const start = isSelfConditioned(task.model) ? tinySelfStart(0.5) : noise ? starts[noise]() : tinyStart();
  const state = await train(engine, task, start, options, hooks);
  return { state, losses: hooks.points.map(({ loss }) => loss), norms: hooks.points.map(({ gradNorm }) => gradNorm) };
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0);

/** Over the parameters, their average and both moments. */
function distance(a: TrainState, b: TrainState): number {
  const of = (state: TrainState): TensorMap => ({ ...state.model, ...state.optimizer });
  const [left, right] = [of(a), of(b)];
  const own = Object.entries(left).map(([name, { data }]) => largest(data, right[name]?.data ?? []));
  const averages = Object.entries(a.ema).map(([name, { data }]) => largest(data, b.ema[name]?.data ?? []));
  return Math.max(...own, ...averages);
}

const kinds: [string, (engine: typeof onnx, microbatch?: number) => Task][] = [
  ["pre-training", (_, microbatch) => tinyPretrain(microbatch)],
  ["AlphaDLM's loss", (_, microbatch) => tinyAlpha(2, microbatch ? { microbatch } : {})],
  ["a mixture", (_, microbatch) => tinyMixture(microbatch ? { microbatch } : {})],
  ["distribution matching", (engine, microbatch) => tinyMatching(engine, microbatch ? { microbatch } : {})],
  ["coupled draws", (engine, microbatch) => tinyGumbel(engine, microbatch ? { microbatch } : {})],
  ["commit-time targets", (engine, microbatch) => tinyCommit(engine, microbatch ? { microbatch } : {})],
  [
    "a round from coarse to fine",
    (engine, microbatch) => tinyRound(engine, round, { order: "spaced", ...(microbatch && { microbatch }) }),
  ],
  [
    "a self-conditioned round",
    (engine, microbatch) => tinyRound(engine, round, { selfConditioning: true, ...(microbatch && { microbatch }) }),
  ],
  ["a round", (engine, microbatch) => tinyRound(engine, round, microbatch ? { microbatch } : {})],
];

describe.each([
  ["onnx", onnx],
  ["reference", reference],
] as const)("on %s", (_, engine) => {
  it.each(kinds)(
    "six updates of %s end alike to 1e-5, whatever the microbatch and the head's chunks",
    async (_, make) => {
      const whole = await trained(engine, make(engine));
      for (const [microbatch, headChunk] of [
        [1, undefined],
        [2, 3],
        [4, 5],
      ] as const) {
        const task = make(engine, microbatch);
        const cut = await trained(engine, { ...task, headChunk: task.headChunk ?? headChunk });
        expect(largest(cut.losses, whole.losses)).toBeLessThan(1e-5);
        expect(largest(cut.norms, whole.norms)).toBeLessThan(1e-5);
        expect(distance(cut.state, whole.state)).toBeLessThan(1e-5);
      }
    },
  );
});

it("a mean of the microbatches' means would be another loss: their shares of masked tokens differ", async () => {
  const { parts } = await tinyRound(reference, round, { microbatch: 1 }).batch(1, { epoch: 0, index: 0 });
  const made = await Promise.all(parts.map((make) => make()));
  const sums = made.map(({ inputs }) => Array.from(inputs.weights?.data ?? []).reduce((sum, x) => sum + x, 0));
  expect(sums.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  expect(Math.max(...sums) - Math.min(...sums)).toBeGreaterThan(0.05);
});

it("gives a row the same dropout in every microbatch, and another to another row and update", () => {
  const { length, width } = tinyModel;
  const size = length * width;
  const all = dropoutMask(tinyModel, length, allRows(4), 3, 7).kept?.data as Uint8Array;
  const two = dropoutMask(tinyModel, length, { from: 2, to: 4, of: 4 }, 3, 7).kept?.data as Uint8Array;
  for (const site of [0, 1]) {
    expect(two.subarray(2 * site * size, 2 * (site + 1) * size)).toEqual(
      all.subarray((4 * site + 2) * size, (4 * site + 4) * size),
    );
  }
  expect(all.subarray(0, size)).not.toEqual(all.subarray(size, 2 * size));
  expect(dropoutMask(tinyModel, length, allRows(4), 3, 8).kept?.data).not.toEqual(all);
});

it("draws dropout as ever: these draws are in published runs", () => {
  const { length, width, blocks } = tinyModel;
  const count = 2 * blocks * 4 * length * width;
  const draws = new Uint16Array(randomStream(3, "dropout", 7).bytes(2 * count).buffer);
  const kept = draws.map((draw) => Number(draw >= Math.round(0.1 * 65536)));
  expect(Array.from(dropoutMask(tinyModel, length, allRows(4), 3, 7).kept?.data ?? [])).toEqual(Array.from(kept));
});

it("refuses a microbatch that does not divide the batch", () => {
  const data = { shard: undefined as never, sequences: 6, length: 8, seed: 1, microbatch: 4 };
  expect(() => rowsOfParts(data)).toThrow(UserError);
  expect(() => rowsOfParts(data)).toThrow(
    "data: a microbatch must divide the sequences of an update, got 4 of 6 (flag --microbatch). Give a divisor.",
  );
  expect(rowsOfParts({ ...data, microbatch: 3 })).toEqual([
    { from: 0, to: 3, of: 6 },
    { from: 3, to: 6, of: 6 },
  ]);
});

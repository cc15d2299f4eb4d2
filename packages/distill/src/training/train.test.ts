import { float32, randomStream, UserError } from "@sdtt/core/base";
import { type Engine, engineReports, openEngine } from "@sdtt/core/engine";
import { type AdamWOptions, adamwDefaults } from "@sdtt/core/optim";
import { beforeAll, describe, expect, it } from "vitest";
import { keeping, tinyPretrain, tinyRound, tinyStart } from "../tiny.fixture.js";
import type { Task } from "./task.js";
import { freshState, lossText, type TrainOptions, train } from "./train.js";

const options: TrainOptions = {
  updates: 12,
  schedule: { name: "cosine", peak: 0.01, warmup: 2, updates: 12 },
  adamw: { ...adamwDefaults, emaDecay: 0.9 },
  checkpointEvery: 5,
};
const round = { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 2, grid: "paper" } as const;
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine("reference");
});

const tasks: [string, () => Task, Partial<AdamWOptions>?][] = [
  ["pre-training", () => tinyPretrain()],
  ["a round", () => tinyRound(engine, round)],
  ["pre-training in microbatches", () => tinyPretrain(2)],
  [
    "pre-training with complementary masks by count, attention opening and Muon",
    () => tinyPretrain(2, { masking: { name: "count", complementary: true }, anneal: 8 }),
    { muon: { momentum: 0.9 } },
  ],
  [
    "a round in microbatches, its head in chunks",
    () => ({ ...tinyRound(engine, round, { microbatch: 1 }), headChunk: 3 }),
  ],
];

describe.each(tasks)("%s", (_, task, changes = {}) => {
  const own: TrainOptions = { ...options, adamw: { ...options.adamw, ...changes } };
  const start = () => freshState(tinyStart().model, changes);

  it("of 2n updates equals n, a stop and n more, byte for byte, wherever it is stopped", async () => {
    const whole = keeping();
    const expected = await train(engine, task(), start(), own, whole);
    const random = randomStream(1, "stops");
    for (let trial = 0; trial < 3; trial++) {
      const first = keeping(1 + random.integer(10));
      const half = await train(engine, task(), start(), own, first);
      expect(half.update).toBeLessThan(12);
      const second = keeping();
      expect(await train(engine, task(), half, own, second)).toEqual(expected);
      const losses = [...first.points, ...second.points].map(({ update, loss }) => [update, loss]);
      expect(losses).toEqual(whole.points.map(({ update, loss }) => [update, loss]));
    }
  });

  it("validates at the same updates whether it is stopped in between or not", async () => {
    const validated = () => ({ ...task(), validation: { definition: "one@1", loss: async () => 1 } });
    const points = async (stopAfter?: number) => {
      const first = keeping(stopAfter);
      const half = await train(engine, validated(), start(), own, first);
      const second = keeping();
      if (stopAfter) await train(engine, validated(), half, own, second);
      return [...first.points, ...second.points].flatMap((one) =>
        one.validationLoss === undefined ? [] : [one.update],
      );
    };
    expect(await points()).toEqual([5, 10, 12]);
    expect(await points(3)).toEqual([5, 10, 12]);
    expect(await points(7)).toEqual([5, 10, 12]);
  });

  it("checkpoints every so many updates and at the end, and reports every update once", async () => {
    const hooks = keeping();
    await train(engine, task(), start(), own, hooks);
    expect(hooks.saved.map((state) => state.update)).toEqual([5, 10, 12]);
    expect(hooks.points.map((point) => point.update)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it("stops at a loss that is not finite, with the checkpoint before it as it was", async () => {
    const sound = task();
    const broken: Task = {
      ...sound,
      async batch(n, cursor) {
        const made = await sound.batch(n, cursor);
        const parts = made.parts.map((make) => async () => {
          const part = await make();
          const { shape } = part.inputs.weights as { shape: readonly number[] };
          const weights = float32(shape, new Float32Array(shape[0] as number).fill(Number.NaN));
          return { ...part, inputs: { ...part.inputs, weights } };
        });
        return n < 8 ? made : { ...made, parts };
      },
    };
    const hooks = keeping();
    const trained = train(engine, broken, start(), own, hooks);
    await expect(trained).rejects.toThrow(UserError);
    await expect(trained).rejects.toThrow(
      /loss and gradients must stay finite, got loss NaN, .* at update 8\. Lower --lr/,
    );
    expect(hooks.points).toHaveLength(7);
    const intact = await train(engine, sound, start(), { ...own, updates: 5 }, keeping());
    expect(hooks.saved).toEqual([intact]);
  });
});

const usable = (await engineReports({ threads: 2 })).filter((report) => report.usable);

describe.each(usable)("on $name", ({ name }) => {
  it("a round of 12 updates equals 7, a stop and 5 more, byte for byte", async () => {
    const engine = await openEngine(name, { threads: 2 });
    const trained = (from: ReturnType<typeof tinyStart>, stopAfter?: number) =>
      train(engine, tinyRound(engine, round), from, options, keeping(stopAfter));
    const expected = await trained(tinyStart());
    const half = await trained(tinyStart(), 7);
    expect(half.update).toBe(7);
    expect(await trained(half)).toEqual(expected);
  });
});

it("a run that is prolonged before its rate falls ends as one that was planned so long, byte for byte", async () => {
  const wsd = (updates: number, decay: number): TrainOptions => ({
    ...options,
    updates,
    schedule: { name: "wsd", peak: 0.01, warmup: 2, updates, decay },
  });
  const planned = await train(engine, tinyPretrain(), tinyStart(), wsd(12, 4), keeping());
  const begun = await train(engine, tinyPretrain(), tinyStart(), wsd(7, 0), keeping());
  expect(await train(engine, tinyPretrain(), begun, wsd(12, 4), keeping())).toEqual(planned);
});

describe("a round", () => {
  const constant = { ...options, schedule: { ...options.schedule, name: "constant" } as const };

  it("has nothing to teach a student that equals its teacher where the teacher's first substep already reveals everything", async () => {
    const task = tinyRound(engine, { ...round, dt: 1 }, { dropout: 0 });
    const hooks = keeping();
    await train(engine, task, tinyStart(), { ...constant, updates: 1 }, hooks);
    expect(Math.abs(hooks.points[0]?.loss as number)).toBeLessThan(1e-6);
    expect(hooks.points[0]?.gradNorm).toBeLessThan(1e-4);
  });

  it.each(["reverse-kl", "forward-kl", "total-variation", "log-mse"] as const)("lowers %s on a batch", async (name) => {
    const task = tinyRound(engine, { ...round, dt: 0.5, divergence: name }, { dropout: 0 });
    const hooks = keeping();
    // Not batch 1, on which total variation falls by less than a tenth in these updates.
    const always: Task = { ...task, batch: () => task.batch(2, { epoch: 0, index: 0 }) };
    await train(
      engine,
      always,
      tinyStart(),
      { ...constant, schedule: { ...constant.schedule, peak: 0.002 }, updates: 60 },
      hooks,
    );
    const losses = hooks.points.map(({ loss }) => loss);
    expect(losses[0]).toBeGreaterThan(1e-3);
    expect(Math.min(...losses)).toBeLessThan(0.9 * (losses[0] as number));
  });

  it("goes on with the moments and the EMA of the round before, counting their updates", async () => {
    const before = await train(engine, tinyRound(engine, round), tinyStart(), options, keeping());
    expect(before.optimizerUpdate).toBe(12);
    const next = tinyRound(engine, { ...round, round: 2 });
    const after = await train(engine, next, { ...before, update: 0 }, options, keeping());
    expect([after.update, after.optimizerUpdate]).toEqual([12, 24]);
  });
});

it.each([
  [0.0000123, "0.0000123"],
  [0.0012, "0.0012"],
  [2.65714, "2.66"],
  [0, "0"],
  [3.21e-9, "3.2e-9"],
])("progress says a loss of %d in digits that say something", (loss, text) => {
  expect(lossText(loss)).toBe(text);
});

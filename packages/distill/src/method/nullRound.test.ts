import { weightsHash } from "@sdtt/core/checkpoint";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { adamwDefaults } from "@sdtt/core/optim";
import { beforeAll, describe, expect, it } from "vitest";
import { keeping, tinyNoisyNull, tinyRound, tinyStart } from "../tiny.fixture.js";
import { type TrainOptions, train } from "../training/train.js";
import { type DivergenceName, divergenceNames } from "./divergences.js";
import type { TeacherDropout } from "./roundTask.js";

const options: TrainOptions = {
  updates: 12,
  schedule: { name: "cosine", peak: 0.01, warmup: 2, updates: 12, decay: 0 },
  adamw: { ...adamwDefaults, emaDecay: 0.9 },
  checkpointEvery: 12,
};

describe.each(["reference", "onnx"] as const)("a null round by the engine %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  });
  const nullRound = async (dropout: number, divergence: DivergenceName = "reverse-kl", round = 1) => {
    const hooks = keeping();
    const task = tinyRound(engine, { round, divergence, dt: 0, substeps: 1, grid: "paper" }, { dropout });
    const end = await train(engine, task, tinyStart(), options, hooks);
    return { end, losses: hooks.points.map(({ loss }) => loss) };
  };

  it.each(divergenceNames)(
    "without dropout begins at a loss of 0 and moves no weight, under %s",
    async (divergence) => {
      const { end, losses } = await nullRound(0, divergence);
      expect(losses).toEqual(losses.map(() => 0));
      expect([end.model, end.ema].map(weightsHash)).toEqual(Array(2).fill(weightsHash(tinyStart().model)));
    },
  );

  const noisy = async (dropout: number, teacher: TeacherDropout) => {
    const hooks = keeping();
    const end = await train(engine, tinyNoisyNull(engine, dropout, teacher), tinyStart(), options, hooks);
    return { hash: weightsHash(end.model), losses: hooks.points.map(({ loss }) => loss) };
  };

  it("whose teacher shares the student's dropout mask begins at a loss of 0 and moves no weight", async () => {
    const { hash, losses } = await noisy(0.2, { rate: 0.2, shared: true });
    expect(losses).toEqual(losses.map(() => 0));
    expect(hash).toBe(weightsHash(tinyStart().model));
  });

  it("whose teacher alone has dropout, or each its own mask, learns", async () => {
    const [alone, apart] = [
      await noisy(0, { rate: 0.2, shared: false }),
      await noisy(0.2, { rate: 0.2, shared: false }),
    ];
    for (const { losses } of [alone, apart]) expect(losses[0]).toBeGreaterThan(1e-3);
    expect(apart.losses[0]).toBeGreaterThan(alone.losses[0] as number);
    expect(new Set([alone.hash, apart.hash, weightsHash(tinyStart().model)]).size).toBe(3);
  });

  it("moves none in a later round either, and does with dropout: it is the dropout that teaches", async () => {
    expect(weightsHash((await nullRound(0, "reverse-kl", 2)).end.model)).toBe(weightsHash(tinyStart().model));
    const { end, losses } = await nullRound(0.1);
    expect(Math.min(...losses)).toBeGreaterThan(1e-3);
    expect(weightsHash(end.model)).not.toBe(weightsHash(tinyStart().model));
  });
});

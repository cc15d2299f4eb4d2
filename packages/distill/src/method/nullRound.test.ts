import { weightsHash } from "@sdtt/core/checkpoint";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { adamwDefaults } from "@sdtt/core/optim";
import { beforeAll, describe, expect, it } from "vitest";
import { keeping, tinyRound, tinyStart } from "../tiny.fixture.js";
import { type TrainOptions, train } from "../training/train.js";
import { type DivergenceName, divergenceNames } from "./divergences.js";

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

  it("moves none in a later round either, and does with dropout: it is the dropout that teaches", async () => {
    expect(weightsHash((await nullRound(0, "reverse-kl", 2)).end.model)).toBe(weightsHash(tinyStart().model));
    const { end, losses } = await nullRound(0.1);
    expect(Math.min(...losses)).toBeGreaterThan(1e-3);
    expect(weightsHash(end.model)).not.toBe(weightsHash(tinyStart().model));
  });
});

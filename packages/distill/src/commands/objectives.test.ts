/** @file Objectives other than SDTT's as a command: whom they ask, what is remembered of it, and what is refused. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { float32, type Tensor } from "@sdtt/core/base";
import { loadCheckpoint, readCheckpointState, saveCheckpoint } from "@sdtt/core/checkpoint";
import { type ModelConfig, modelParameters, noiseWeight } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { beforeAll, describe, expect, it } from "vitest";
import { placeForCommands } from "../inProcess.fixture.js";

const place = placeForCommands();
const { root, at, begin, rounds, saveTeacher, stateOf, newest, teacher } = place;
const causal = at("causal");
const other = at("other");

beforeAll(() => {
  const { model } = readCheckpointState(teacher).state as { model: object };
  saveTeacher(causal, { model: { ...model, causal: true } });
  saveTeacher(other, { model: { ...model, causal: true, length: 4 } });
});

/** What a dry run says. */
async function flops(...flags: string[]): Promise<number> {
  place.printed = "";
  await rounds("--dry-run", "--gflops=1", "--json", `--teacher=${teacher}`, ...flags);
  return JSON.parse(place.printed).flops;
}

it("a partner of GPT-2's shape teaches by its noise, too", async () => {
  const { model } = readCheckpointState(teacher).state as { model: { vocabSize: number; length: number } };
  const shape = { width: 8, blocks: 1, heads: 2, length: model.length };
  const gpt2 = { kind: "gpt2", ...shape, vocabSize: model.vocabSize - 1 } as const;
  const { state } = loadCheckpoint(causal);
  saveCheckpoint(at("gpt2"), { model: initialise(modelParameters(gpt2), 2), state: { ...state, model: gpt2 } });
  expect((await begin("by-gpt2", "--objective=gumbel", `--partner=${at("gpt2")}`)).code).toBe(0);
  expect(stateOf("by-gpt2", 1).model).toMatchObject({ noise: { law: "gumbel", size: 260 } });
});

describe("coupled draws", () => {
  it("are learned from the named partner over two rounds, by a student that has a noise input", async () => {
    expect((await begin("told", "--objective=gumbel", `--partner=${causal}`, "--lr=0.02")).code).toBe(0);
    expect((await rounds("--name=told", "--weights=ema")).code).toBe(0);
    const { hashes } = readCheckpointState(causal);
    for (const number of [1, 2]) {
      const { model, config } = stateOf("told", number) as unknown as { model: object; config: object };
      expect(model).toMatchObject({ noise: { law: "gumbel", size: 260 } });
      expect(config).toMatchObject({ objective: "gumbel", partner: causal, partnerHash: hashes.model });
    }
    const told = (loadCheckpoint(newest("told", 2)).model[noiseWeight] as Tensor).data as Float32Array;
    expect(Math.max(...told)).toBeGreaterThan(0);
  });

  it("are a teacher like any other, whose SDTT student is told nothing", async () => {
    const { code } = await begin("after", `--teacher=${join(root, "runs/told/round-1")}`);
    expect(code).toBe(0);
    expect(stateOf("after", 1).model).not.toHaveProperty("noise");
    expect(loadCheckpoint(newest("after", 1)).model).not.toHaveProperty(noiseWeight);
  });

  it("have controls beside them that learn as any control does, from the teacher's text alone", async () => {
    expect((await rounds("--control=equal-updates", "--beside=told")).code).toBe(0);
    const { model, config } = stateOf("told-equal-updates", 1);
    expect([model, config]).toEqual([
      expect.not.objectContaining({ noise: expect.anything() }),
      expect.objectContaining({ objective: "sdtt", control: "equal-updates", lr: 0.02 }),
    ]);
  });

  it("say in a dry run what the partner costs", async () => {
    const plain = await flops("--objective=alpha");
    const coupled = await flops("--objective=gumbel", `--partner=${causal}`);
    expect(coupled / plain).toBeGreaterThan(1.2);
    expect(coupled / plain).toBeLessThan(1.4);
  });
});

describe("distribution matching", () => {
  it("is learned over two rounds by students whose critics nobody else sees", async () => {
    expect((await begin("matched", "--objective=matching", "--lr=0.02")).code).toBe(0);
    expect((await rounds("--name=matched")).code).toBe(0);
    const [one, two] = [1, 2].map((number) => loadCheckpoint(newest("matched", number)));
    for (const { model, ema, state } of [one, two] as NonNullable<typeof one>[]) {
      const own = (state as { model: ModelConfig }).model;
      expect(own).toMatchObject({ noise: { law: "gaussian", size: 16 } });
      const names = Object.keys(modelParameters(own)).sort();
      expect([model, ema ?? {}].map((weights) => Object.keys(weights).sort())).toEqual([names, names]);
    }
    const begun = readCheckpointState(newest("matched", 1)).hashes;
    expect(stateOf("matched", 2).lineage).toContain(begun.ema);
    expect(Object.keys(two?.optimizer ?? {})).toContain("model/critic.output_layer.linear.bias");
  });

  it("says in a dry run that two networks learn and three are asked", async () => {
    const plain = await flops("--objective=alpha");
    expect((await flops("--objective=matching")) / plain).toBeCloseTo(3, 0);
    expect((await flops("--objective=matching", "--microbatch=1")) / plain).toBeCloseTo(4, 0);
  });
});

it.each([
  [["--objective=gumbel", `--partner=${teacher}`], "--objective=gumbel needs one that is causal, got a denoiser"],
  [
    ["--objective=gumbel", `--partner=${other}`],
    "must have the student's vocabulary and read rows as long, got 261 × 4",
  ],
  [["--objective=gumbel", `--partner=${causal}`, `--judge=${causal}`], "the judge must not teach what it judges"],
  [[`--partner=${causal}`], "only some objectives ask a second network, got --partner="],
])("%j is refused in one line, and nothing is written", async (flags, message) => {
  const { code, err } = await begin("x", ...flags);
  expect([code, err.split("\n").length, err]).toEqual([1, 2, expect.stringContaining(message)]);
  expect(existsSync(join(root, "runs/x"))).toBe(false);
});

it.each([
  [
    "commit",
    ["--objective=commit", "--commit-steps=3", "--divergence=jensen-shannon"],
    "commitSteps 3 → 2",
    "--commit-steps=2",
  ],
  ["mixed", ["--objective=mixture", "--parts=3"], "parts 3 → 2", "--parts=2"],
  ["spaced", ["--order=spaced"], 'order "spaced" → "random"', "--order=random"],
] as const)(
  "a %s round is distilled, remembered and not gone on with otherwise",
  async (name, flags, message, otherwise) => {
    expect((await begin(name, ...flags)).code).toBe(0);
    expect((await rounds(`--name=${name}`)).code).toBe(0);
    const methodOf = ({ objective, order, commitSteps, divergence }: Record<string, unknown>) => ({
      ...{ objective, order, commitSteps, divergence },
    });
    const [one, two] = [1, 2].map((number) => methodOf(stateOf(name, number).config as Record<string, unknown>));
    expect(two).toEqual(one);
    expect((await rounds(`--name=${name}`, otherwise)).err).toContain(message);
  },
);

it("a run of coupled draws goes on with the partner it began with, wherever that lies, and with no other", async () => {
  const { model, state } = loadCheckpoint(causal);
  saveCheckpoint(at("moved"), { model, state });
  const bias = "output_layer.linear.bias";
  const moved = ((model[bias] as Tensor).data as Float32Array).map((x) => x + 0.1);
  saveCheckpoint(at("third"), { model: { ...model, [bias]: float32([moved.length], moved) }, state });
  await begin("kept", "--objective=gumbel", `--partner=${causal}`);
  const { code, err } = await rounds("--name=kept", `--partner=${at("third")}`);
  expect([code, err]).toEqual([1, expect.stringContaining("a run must go on with the partner it began with")]);
  expect((await rounds("--name=kept", `--partner=${at("moved")}`)).code).toBe(0);
});

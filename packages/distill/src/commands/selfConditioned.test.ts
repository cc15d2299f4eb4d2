/** @file Self-conditioning as a command: what is remembered of it, what it costs, and what is refused. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Tensor } from "@sdtt/core/base";
import { loadCheckpoint } from "@sdtt/core/checkpoint";
import { selfWeight } from "@sdtt/core/model";
import { beforeAll, expect, it } from "vitest";
import { placeForCommands } from "../inProcess.fixture.js";

const place = placeForCommands();
const { root, begin, rounds, distill, small, stateOf, newest, teacher, text } = place;

const toldWeights = (run: string, round: number) =>
  (loadCheckpoint(newest(run, round)).model[selfWeight] as Tensor | undefined)?.data as Float32Array | undefined;

const shape = ["--blocks=1", "--width=8", "--heads=2", "--length=8", "--vocab=260", "--updates=2", "--easy-updates=0"];
const pretrained = (name: string, ...args: string[]) =>
  distill("pretrain", `--name=${name}`, `--source=${text}`, ...small, ...shape, ...args);

beforeAll(async () => {
  expect((await begin("told", "--self-conditioning", "--lr=0.02")).code).toBe(0);
});

it("a student is told what it says beside a teacher that is not, for all rounds of its run", async () => {
  expect((await rounds("--name=told")).code).toBe(0);
  for (const round of [1, 2]) {
    expect(stateOf("told", round)).toMatchObject({
      model: { selfConditioning: true },
      config: { selfConditioning: true },
    });
    expect(toldWeights("told", round)?.some((x) => x !== 0)).toBe(true);
  }
  const { code, err } = await rounds("--name=told", "--no-self-conditioning");
  expect([code, err]).toEqual([1, expect.stringContaining("selfConditioning true → false")]);
});

it("is a teacher like any other, of a student that is told nothing unless it is asked for", async () => {
  const from = `--teacher=${join(root, "runs/told/round-1")}`;
  expect((await begin("after", from)).code).toBe(0);
  expect(stateOf("after", 1).model).not.toHaveProperty("selfConditioning");
  expect(toldWeights("after", 1)).toBeUndefined();
  expect((await begin("on", from, "--self-conditioning", "--lr=1e-12")).code).toBe(0);
  const before = loadCheckpoint(newest("told", 1)).ema?.[selfWeight] as Tensor;
  expect(before.data.some((x) => Number(x) !== 0)).toBe(true);
  toldWeights("on", 1)?.forEach((x, i) => {
    expect(x).toBeCloseTo(Number(before.data[i]), 7);
  });
});

it("controls beside such a run are told, too", async () => {
  expect((await rounds("--control=equal-updates", "--beside=told")).code).toBe(0);
  expect(stateOf("told-equal-updates", 1)).toMatchObject({ model: { selfConditioning: true } });
});

it("pre-training has it, also from weights that had not", async () => {
  expect((await pretrained("plain")).code).toBe(0);
  expect(stateOf("plain", 0).model).not.toHaveProperty("selfConditioning");
  const init = `--init=${join(root, "runs/plain")}`;
  expect(await pretrained("own", "--self-conditioning", init, "--lr=0.02")).toMatchObject({ code: 0 });
  expect(stateOf("own", 0).model).toMatchObject({ selfConditioning: true });
  expect(toldWeights("own", 0)?.some((x) => x !== 0)).toBe(true);
});

it("says in a dry run what the first pass costs", async () => {
  const flops = async (...flags: string[]) => {
    place.printed = "";
    await rounds("--dry-run", "--gflops=1", "--json", `--teacher=${teacher}`, ...flags);
    return JSON.parse(place.printed) as { flops: number; notes: string[] };
  };
  const [plain, own] = [await flops(), await flops("--self-conditioning")];
  expect(own.flops / plain.flops).toBeGreaterThan(1.1);
  expect(own.flops / plain.flops).toBeLessThan(1.5);
  expect(own.notes.join()).toContain("a first pass of every second row");
});

it.each([
  ["--objective=mixture", "a student is told noise or what it said itself, not both"],
  ["--objective=gumbel", "got --self-conditioning with --objective=gumbel. Leave one of them out."],
])("%s is refused beside it in one line, and nothing is written", async (flag, message) => {
  const { code, err } = await begin("x", "--self-conditioning", flag);
  expect([code, err.split("\n").length, err]).toEqual([1, 2, expect.stringContaining(message)]);
  expect(existsSync(join(root, "runs/x"))).toBe(false);
});

it("causal models are refused it", async () => {
  const { code, err } = await pretrained("x", "--architecture=ar", "--self-conditioning");
  expect([code, err]).toEqual([
    1,
    expect.stringContaining("--self-conditioning must come with --architecture=denoiser"),
  ]);
});

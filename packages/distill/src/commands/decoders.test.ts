/** @file Copies of the last block as a command: how they begin, what is remembered and refused, and who can hold them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadCheckpoint } from "@sdtt/core/checkpoint";
import { openEngine } from "@sdtt/core/engine";
import type { ModelConfig } from "@sdtt/core/model";
import { openDenoiser, parseSampler, sampleWith } from "@sdtt/core/sampler";
import { beforeAll, expect, it } from "vitest";
import { placeForCommands } from "../inProcess.fixture.js";

const place = placeForCommands();
const { root, begin, rounds, stateOf, newest, teacher } = place;

beforeAll(async () => {
  expect((await begin("copies", "--decoders=3", "--lr=0.02")).code).toBe(0);
});

const student = (run: string, round = 1) => loadCheckpoint(newest(run, round));

it("a student begins with its teacher's last block in each copy", async () => {
  expect((await begin("slow", "--decoders=2", "--lr=1e-12")).code).toBe(0);
  const own = student("slow").model;
  const before = loadCheckpoint(teacher).model;
  for (const name of Object.keys(before)) {
    for (const copy of [name, name.replace("blocks.0.", "blocks.1.")]) {
      own[copy]?.data.forEach((x, i) => {
        expect(x).toBeCloseTo(Number(before[name]?.data[i]), 6);
      });
    }
  }
  expect(Object.keys(own).filter((name) => name.startsWith("blocks.1.")).length).toBe(10);
});

it("keeps its copies for all rounds of its run, each moved by its own rows, and samples by them", async () => {
  expect((await rounds("--name=copies")).code).toBe(0);
  expect(stateOf("copies", 2)).toMatchObject({ model: { decoders: 3 }, config: { decoders: 3 } });
  const { model, state } = student("copies", 2);
  const weights = [0, 1, 2].map((k) => [...(model[`blocks.${k}.mlp.0.weight`]?.data ?? [])]);
  expect(weights[0]).not.toEqual(weights[1]);
  expect(weights[1]).not.toEqual(weights[2]);
  const engine = await openEngine("reference");
  const network = openDenoiser(engine, state.model as ModelConfig, model);
  const sampled = (batch: number, first = 0) =>
    sampleWith(parseSampler("ancestral"), network, { numSteps: 4, batch, first, seed: 2 });
  const whole = await sampled(4);
  expect([...(await sampled(1, 2)).ids]).toEqual([...whole.ids.subarray(2 * network.length, 3 * network.length)]);
  const { code, err } = await rounds("--name=copies", "--decoders=2");
  expect([code, err]).toEqual([1, expect.stringContaining("decoders 3 → 2")]);
});

it("is a teacher of students with as many copies, and of no others", async () => {
  const from = `--teacher=${join(root, "runs/copies/round-1")}`;
  expect((await begin("after", from)).code).toBe(0);
  expect(stateOf("after", 1).model).toMatchObject({ decoders: 3 });
  const { code, err } = await begin("x", from, "--decoders=2");
  expect([code, err.split("\n").length, err]).toEqual([
    1,
    2,
    expect.stringContaining("a student has as many copies as its teacher, got 2 of a teacher's 3 (flag --decoders)"),
  ]);
  expect(existsSync(join(root, "runs/x"))).toBe(false);
});

it("says in a dry run what the copies cost", async () => {
  const flops = async (...flags: string[]) => {
    place.printed = "";
    await rounds("--dry-run", "--gflops=1", "--json", `--teacher=${teacher}`, ...flags);
    return JSON.parse(place.printed) as { flops: number; models: object };
  };
  const [plain, own] = [await flops(), await flops("--decoders=2")];
  expect(own.flops).toBeGreaterThan(plain.flops);
  expect(own.models).toMatchObject({ "teacher and student": { decoders: 2 } });
});

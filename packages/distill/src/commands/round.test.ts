import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTexts, trainTokenizerOn } from "@sdtt/core/text";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bench, finalHashes, interrupt, lossesOf, openBench } from "../command.fixture.js";
import { saveTinyTeacher } from "../tiny.fixture.js";

const args = [
  ...["round", "--name=tiny", "--teacher=../teacher", "--source=../text", "--data=../data", "--no-evaluate"],
  ...["--initial-steps=8", "--dropout=0.1", "--engine=onnx", "--threads=1", "--sequences=4"],
  ...["--updates=600", "--checkpoint-every=60"],
];
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  const texts = readTexts(join(bench.folder, "text"), "train");
  saveTinyTeacher(join(bench.folder, "teacher"), await trainTokenizerOn(texts, 260));
}, 300_000);
afterAll(() => bench.remove());

it("a second round interrupted by SIGTERM at three places and resumed ends as one left alone, byte for byte", {
  timeout: 900_000,
}, async () => {
  const [whole, pieces] = ["whole", "pieces"].map((name) => join(bench.folder, name)) as [string, string];
  const both = await bench.run(whole, [...args, "--rounds=2"]);
  expect([both.code, both.stdout]).toEqual([0, expect.stringContaining("round 2 done")]);

  expect((await bench.run(pieces, args)).code).toBe(0);
  const places = [
    { after: 0, withinMs: 300 },
    { after: 60, withinMs: 100 },
    { after: 180, withinMs: 100 },
  ];
  const folder = ".sdtt/runs/tiny/round-2";
  const two = [...args, "--rounds=2"];
  const stops = await interrupt(bench, { cwd: pieces, args: two, folder, started: "Δ =" }, places);
  for (const stop of stops) expect(stop).toContain("stopped in round 2 of 2; the same command goes on from there");
  expect((await bench.run(pieces, two)).code).toBe(0);
  const again = await bench.run(pieces, two);
  expect([again.code, again.stdout]).toEqual([0, "rounds 1 to 2 of tiny are done; one more: --rounds=3\n"]);
  for (const round of ["round-1", "round-2"]) {
    const [a, b] = [pieces, whole].map((root) => finalHashes(join(root, ".sdtt/runs/tiny", round)));
    expect(Object.keys(a as object)).toEqual(["ema.safetensors", "model.safetensors", "optimizer.safetensors"]);
    expect(a).toEqual(b);
    expect(lossesOf(pieces, `tiny/${round}`)).toEqual(lossesOf(whole, `tiny/${round}`));
    expect(lossesOf(whole, `tiny/${round}`)).toHaveLength(600);
  }
  expect(existsSync(join(pieces, ".sdtt/runs/tiny/round-3"))).toBe(false);
});

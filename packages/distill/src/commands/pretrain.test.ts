import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bench, finalHashes, interrupt, lossesOf, openBench } from "../command.fixture.js";

const args = [
  ...["pretrain", "--name=tiny", "--length=16", "--vocab=280", "--easy-updates=6", "--validation-batches=1"],
  ...["--source=../text", "--data=../data", "--engine=onnx", "--threads=1", "--sequences=2"],
  ...["--updates=16", "--checkpoint-every=4", "--warmup=4"],
];
const folder = ".sdtt/runs/tiny/round-0";
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 300_000);
afterAll(() => bench.remove());

it("pretrain interrupted by SIGTERM at three places and resumed ends as one left alone, byte for byte", {
  timeout: 900_000,
}, async () => {
  const [whole, pieces] = ["whole", "pieces"].map((name) => join(bench.folder, name)) as [string, string];
  const running = bench.start(whole, args);
  await running.says("parameters");
  const second = await bench.run(whole, args);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/\nlock .*run\.lock: a run must have one process at a time, got process \d+ on .*\n$/);
  expect((await running.ended).stdout).toContain(`done at update 16 of 16: ${folder}\n`);

  const places = [
    { after: 0, withinMs: 1500 },
    { after: 4, withinMs: 300 },
    { after: 8, withinMs: 300 },
  ];
  const stops = await interrupt(bench, { cwd: pieces, args, folder, started: "parameters" }, places);
  for (const stop of stops) expect(stop).toMatch(/stopped at update \d+ of 16/);
  expect((await bench.run(pieces, args)).code).toBe(0);
  expect(finalHashes(join(pieces, folder))).toEqual(finalHashes(join(whole, folder)));
  expect(lossesOf(pieces, "tiny/round-0")).toEqual(lossesOf(whole, "tiny/round-0"));
  expect(lossesOf(whole, "tiny/round-0").map(([update]) => update)).toEqual(
    Array.from({ length: 16 }, (_, i) => i + 1),
  );
  expect(existsSync(join(pieces, folder, "run.lock"))).toBe(false);
});

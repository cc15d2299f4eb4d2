import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newestCheckpoint, randomStream } from "@sdtt/core";
import { openStore } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bench, checkpointed, finalHashes, openBench, terminate } from "./command.fixture.js";

const updates = 24;
let bench: Bench;
let place: (name: string) => string;
const common = [
  ...["--name=tiny", "--source=../text", "--data=../data", "--engine=onnx", "--threads=1", "--sequences=2"],
  ...[`--updates=${updates}`, "--checkpoint-every=4", "--lr=1e-3", "--warmup=4"],
];
const pretrain = ["pretrain", "--length=16", "--vocab=280", "--easy-updates=6", "--validation-batches=1", ...common];

beforeAll(async () => {
  bench = await openBench();
  place = (name) => join(bench.folder, name);
}, 120_000);
afterAll(() => bench.remove());

/** Update and loss of every point of a run, in order. */
function losses(cwd: string, run: string): number[][] {
  const store = openStore(join(cwd, ".sdtt/sdtt.sqlite"), { readonly: true });
  const points = store.trainPoints(run).map(({ update, loss }) => [update, loss]);
  store.close();
  return points;
}

/** Runs `args`, interrupted once at each place: after its checkpoint, and some milliseconds; then to the end. */
async function interrupted(cwd: string, args: readonly string[], folder: string, started: string): Promise<string[]> {
  const random = randomStream(42, args[0] as string);
  const stops: string[] = [];
  for (const [after, within] of [
    [0, 2000],
    [4 * (1 + random.integer(2)), 300],
    [4 * (3 + random.integer(2)), 300],
  ] as const) {
    const running = bench.start(cwd, args);
    await running.says(started);
    if (after > 0) await checkpointed(running, folder, after);
    await sleep(within * random.uniform());
    const { code, stdout, stderr } = await terminate(running);
    expect([code, stderr]).toEqual([0, expect.stringContaining("Stopping after this update")]);
    stops.push(stdout);
  }
  expect((await bench.run(cwd, args)).code).toBe(0);
  return stops;
}

describe("interrupted by SIGTERM at three places and resumed", { timeout: 300_000 }, () => {
  it("pretrain ends with the same weights, EMA, moments and losses, and refuses a second process meanwhile", async () => {
    const [whole, pieces] = [place("whole"), place("pieces")];
    const folder = ".sdtt/runs/tiny/round-0";
    const running = bench.start(whole, pretrain);
    await running.says("parameters");
    const second = await bench.run(whole, pretrain);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /\nlock .*run\.lock: a run must have one process at a time, got process \d+ on .*\n$/,
    );
    expect((await running.ended).stdout).toContain(`done at update ${updates} of ${updates}: ${folder}\n`);

    const stops = await interrupted(pieces, pretrain, join(pieces, folder), "parameters");
    for (const stop of stops) expect(stop).toMatch(/stopped at update \d+ of 24/);
    expect(finalHashes(join(pieces, folder))).toEqual(finalHashes(join(whole, folder)));
    expect(losses(pieces, "tiny/round-0")).toEqual(losses(whole, "tiny/round-0"));
    expect(losses(whole, "tiny/round-0").map(([update]) => update)).toEqual(
      Array.from({ length: updates }, (_, i) => i + 1),
    );
    expect(existsSync(join(pieces, folder, "run.lock"))).toBe(false);
  });

  it("a second round, on the moments of the first, ends with the same weights, EMA, moments and losses", async () => {
    const teacher = newestCheckpoint(place("whole/.sdtt/runs/tiny/round-0")) as string;
    const round = ["round", `--teacher=${teacher}`, "--initial-steps=8", "--dropout=0.1", "--no-evaluate", ...common];
    const [whole, pieces] = [place("whole-rounds"), place("pieces-rounds")];
    const both = await bench.run(whole, [...round, "--rounds=2"]);
    expect([both.code, both.stdout]).toEqual([0, expect.stringContaining("round 2 done")]);

    expect((await bench.run(pieces, round)).code).toBe(0);
    const stops = await interrupted(pieces, round, join(pieces, ".sdtt/runs/tiny/round-2"), "Δ =");
    for (const stop of stops) expect(stop).toContain("stopped in round 2; the same command goes on from there");
    for (const n of [1, 2]) {
      const folder = `.sdtt/runs/tiny/round-${n}`;
      expect(finalHashes(join(pieces, folder))).toEqual(finalHashes(join(whole, folder)));
      expect(losses(pieces, `tiny/round-${n}`)).toEqual(losses(whole, `tiny/round-${n}`));
    }
    expect(existsSync(join(pieces, ".sdtt/runs/tiny/round-3"))).toBe(false);
  });
});

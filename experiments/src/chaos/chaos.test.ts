import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bench, openBench, writeSpec } from "../sweep/bench.fixture.js";
import { chaos } from "./chaos.js";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.remove());

it("a sweep that is killed twice ends with the bytes of one that is not, and leaves nothing behind", async () => {
  const limits = "limits: { retries: 9, backoffSeconds: 0.01 }";
  const spec = writeSpec(bench.folder, "killed", limits, "updates: 8, ");
  const options = { kills: 2, killsPerSweep: 2, seed: 4, say: () => {} };
  const report = await chaos({ ...options, program: bench.programs.experiments, spec, folder: bench.folder });
  expect(report.faults).toEqual([]);
  expect(report.kills).toBe(2);
}, 600_000);

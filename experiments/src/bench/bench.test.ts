import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32 } from "@sdtt/core/base";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { afterAll, describe, expect, it, vi } from "vitest";
import { measure } from "./measure.js";
import { options } from "./options.js";
import { isProduct, productsOf, profileTable, profileUpdates } from "./profile.js";
import { benchTable } from "./report.js";
import { countingCompiles, timed, timingOf } from "./timing.js";

const tiny = { width: 16, blocks: 1, heads: 2, length: 16, vocab: 40, sequences: 2, steps: [2, 4], repeats: 2 };
const only = (...names: string[]) => options.parse({ ...tiny, only: names, engine: "onnx", threads: 1 });

describe("a benchmark's run", () => {
  it("gives each figure under the key that the peer has for it, and the peer's sizes", async () => {
    const { facts, timings, rates } = await measure(options.parse({ ...tiny, engine: "onnx", threads: 1 }));
    expect(Object.keys(timings)).toEqual(["mdlm_update", "sdtt_update", "sample_2", "sample_4", "ar_kv"]);
    for (const { ms, tokens_per_s, runs } of Object.values(timings)) {
      expect([ms > 0, tokens_per_s > 0, runs]).toEqual([true, true, 2]);
      expect((tokens_per_s * ms) / (1000 * 2 * 16)).toBeCloseTo(1, 1);
    }
    expect(facts).toMatchObject({ width: 16, blocks: 1, heads: 2, length: 16, vocab: 40, batch: 2, steps: "2,4" });
    expect(rates.mdlm_update_compile_ms).toBeGreaterThan(0);
    expect(rates.sdtt_update_programs).toBeGreaterThan(1);
    expect(Object.values(rates).every(Number.isFinite)).toBe(true);
    const table = benchTable({ facts, timings, rates });
    expect(table).toMatch(/sdtt_update: [\d.]+ GFLOP\/s, \d+ % of a square product's/);
    for (const share of [rates.sample_2_host_share, rates.sample_4_host_share]) {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
    }
    expect(table).toMatch(/sample_4: [\d.]+ % of the time outside the network/);
    expect(table).not.toContain("NaN");
  });

  it("times only what is asked for", async () => {
    const { timings, rates } = await measure(only("ar_kv"));
    expect(Object.keys(timings)).toEqual(["ar_kv"]);
    expect(Object.keys(rates)).toEqual(["peak_mib"]);
  });
});

describe("an update's profile", () => {
  const folder = mkdtempSync(join(tmpdir(), "sdtt-bench-"));
  vi.stubEnv("TMPDIR", folder);
  const profiles = () => readdirSync(folder).filter((name) => name.startsWith("sdtt-profile-"));
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it("adds up to no more than the run, names products, and leaves no file", async () => {
    const found = await profileUpdates(only("sdtt_update"));
    expect(Object.keys(found)).toEqual(["sdtt_update"]);
    const programs = found.sdtt_update?.programs ?? [];
    expect(programs.map(({ program }) => program).sort()).toEqual(["denoiser", "round 1", "round 1, step"]);
    for (const { program, ms, gemmShare, operators } of programs) {
      const sum = operators.reduce((total, one) => total + one.ms, 0);
      const multiplies = program !== "round 1, step";
      expect([sum > 0, sum <= ms, gemmShare > 0, gemmShare < 1]).toEqual([true, true, multiplies, true]);
      expect(operators.some(({ operator }) => isProduct(operator))).toBe(multiplies);
    }
    const table = profileTable(found);
    expect(table).toMatch(/program "round 1": [\d.]+ ms a run, \d+ runs, products [\d.]+ %/);
    expect(table).toMatch(/sdtt_update: products [\d.]+ ms of [\d.]+ ms without profiling, [\d.]+ %/);
    expect(profiles()).toEqual([]);
  });

  it("counts the products of every program as often as an update runs it", () => {
    const kind = (program: string, ms: number, gemmShare: number, allRuns: number) => ({
      ...{ program, ms, gemmShare, allRuns, runs: allRuns - 1, operators: [] },
    });
    const programs = [kind("denoiser", 50, 0.8, 20), kind("round 1", 200, 0.7, 10), kind("round 1, step", 20, 0, 10)];
    expect(productsOf(programs)).toBeCloseTo(2 * 40 + 140, 10);
  });

  it("is refused by an engine that has none, and leaves no file", async () => {
    const asked = profileUpdates({ ...only("mdlm_update"), engine: "reference" });
    await expect(asked).rejects.toThrow(
      "only the onnx engine says what its operators cost, got reference (flag --engine)",
    );
    expect(profiles()).toEqual([]);
  });
});

describe("a timing", () => {
  it("is the median with its quartiles, whatever the order", () => {
    const { ms, quartiles, fastest, slowest, tokens_per_s, runs } = timingOf([5, 1, 4, 2, 3], 6);
    expect({ ms, quartiles, fastest, slowest, runs }).toEqual({
      ...{ ms: 3, quartiles: [2, 4], fastest: 1, slowest: 5, runs: 5 },
    });
    expect(tokens_per_s).toBe(2000);
    expect(timingOf([1, 2], 1).ms).toBe(1.5);
  });

  it("leaves the run that warms up out", async () => {
    let runs = 0;
    const { runs: counted, cpu_ms } = await timed(async () => runs++, 3, 1);
    expect([runs, counted]).toEqual([4, 3]);
    expect(cpu_ms).toBeGreaterThanOrEqual(0);
  });
});

describe("a counting engine", async () => {
  const engine: Engine = await openEngine("reference");

  it("counts programs and computes as the engine does", async () => {
    const counting = countingCompiles(engine);
    const spec = { shape: [1], dtype: "float32" } as const;
    const program = await counting.compile(({ x }) => ({ y: x as never }), { name: "copy", inputs: { x: spec } });
    expect((await program.run({ x: float32([1], [3]) })).y?.data[0]).toBe(3);
    expect(counting.compiled.programs).toBe(1);
  });
});

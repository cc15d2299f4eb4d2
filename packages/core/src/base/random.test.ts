import { describe, expect, it } from "vitest";
import { randomStream } from "./random.js";

const golden = {
  bytes: [122, 0, 23, 30, 95, 226, 238, 2],
  uniforms: [0.1175384745855449, 0.8222416751097935],
  permutation: [4, 1, 2, 0, 3, 5],
};

describe("randomStream", () => {
  it("gives the same draws for the same seed and key, and others for any other", () => {
    const draws = (...key: (string | number)[]) => Array.from(randomStream(7, ...key).uniforms(4));
    expect(draws("noise", 1)).toEqual(draws("noise", 1));
    const others = [draws("noise", 2), draws("noise"), draws("noise", "1"), draws("noise1"), draws()];
    expect(new Set([draws("noise", 1), ...others].map(String)).size).toBe(6);
    expect(Array.from(randomStream(8, "noise", 1).uniforms(4))).not.toEqual(draws("noise", 1));
  });

  it("never changes: these draws are in published runs", () => {
    expect(Array.from(randomStream(0, "golden").bytes(8))).toEqual(golden.bytes);
    expect(Array.from(randomStream(0, "golden").uniforms(2))).toEqual(golden.uniforms);
    expect(Array.from(randomStream(0, "golden").permutation(6))).toEqual(golden.permutation);
  });

  it("draws in pieces what it draws at once, across its blocks", () => {
    const whole = randomStream(1).bytes(10_000);
    const stream = randomStream(1);
    const pieces = [1, 63, 4096, 5, 5000, 835].flatMap((count) => Array.from(stream.bytes(count)));
    expect(pieces).toEqual(Array.from(whole));
    const one = randomStream(2);
    expect([one.uniform(), one.uniform(), one.uniform()]).toEqual(Array.from(randomStream(2).uniforms(3)));
  });

  it("gives bytes at any place, the same as drawing up to it, and does not move on", () => {
    const whole = randomStream(1).bytes(10_000);
    const stream = randomStream(1);
    for (const [offset, count] of [
      [0, 10],
      [63, 2],
      [64, 64],
      [4095, 3000],
      [9999, 1],
      [128, 0],
    ] as const) {
      expect(Array.from(stream.bytesAt(offset, count))).toEqual(Array.from(whole.subarray(offset, offset + count)));
    }
    expect(stream.bytes(8)).toEqual(whole.subarray(0, 8));
  });

  it("is uniform on [0, 1)", () => {
    const n = 100_000;
    const draws = randomStream(3).uniforms(n);
    expect(Math.min(...draws.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
    const bins = new Array<number>(20).fill(0);
    for (const u of draws) bins[Math.floor(u * 20)] = (bins[Math.floor(u * 20)] as number) + 1;
    const chi2 = bins.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
    expect(chi2).toBeLessThan(43.8); // 0.1 % of χ²(19)
    expect(Array.from(draws).every((u) => u < 1)).toBe(true);
  });

  it("uses all 53 bits", () => {
    const low = Array.from(randomStream(4).uniforms(64), (u) => (u * 2 ** 53) % 2);
    expect(new Set(low)).toEqual(new Set([0, 1]));
  });

  it("draws integers below a bound, all of them", () => {
    const stream = randomStream(5);
    const drawn = new Set(Array.from({ length: 500 }, () => stream.integer(7)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("permutes: each index once, each place equally often", () => {
    const firsts = new Array<number>(5).fill(0);
    for (let seed = 0; seed < 5000; seed++) {
      const order = randomStream(seed).permutation(5);
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
      firsts[order[0] as number] = (firsts[order[0] as number] as number) + 1;
    }
    for (const count of firsts) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(800));
    expect(randomStream(0).permutation(0)).toHaveLength(0);
  });

  it("draws normals in pieces of its own as it draws them at once", () => {
    const [many, few] = [randomStream(6).normals(70_001), randomStream(6).normals(65_536)];
    expect(many.subarray(0, 65_536)).toEqual(few);
    const later = randomStream(6);
    later.uniforms(65_536);
    expect(many.subarray(65_536)).toEqual(later.normals(4_465));
  });

  it("draws normals of mean 0 and variance 1, also an odd number of them", () => {
    const draws = randomStream(6).normals(50_001);
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length;
    const fourth = draws.reduce((sum, x) => sum + x ** 4, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.3);
    expect(draws.every(Number.isFinite)).toBe(true);
  });
});

import { describe, expect, it } from "vitest";
import { type Chart, chartSvg, ticksOf } from "./svg.js";

const chart: Chart = {
  x: { label: "steps", scale: "log" },
  y: { label: "gen-PPL", scale: "log" },
  series: [
    {
      label: "teacher",
      marks: [
        { x: 8, y: 100 },
        { x: 4, y: 1000, low: 900, high: 1100 },
      ],
    },
    { label: "round <1>", marks: [{ x: 4, y: Number.NaN }] },
  ],
};
const all = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map((match) => match.slice(1).map(Number));

describe("ticks", () => {
  it("are round numbers inside the axis", () => {
    expect(ticksOf(3, 60, "log")).toEqual([5, 10, 20, 50]);
    expect(ticksOf(180, 620, "log")).toEqual([200, 300, 400, 500, 600]);
    expect(ticksOf(4.02, 4.33, "linear")).toEqual([4.1, 4.2, 4.3]);
    expect(ticksOf(0, 1, "linear")).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });
});

describe("a chart", () => {
  it("puts larger values higher and further right, and joins points in order of x", () => {
    const dots = all(chartSvg(chart), /<circle cx="([\d.]+)" cy="([\d.]+)" r="3"/g) as [number, number][];
    expect(dots).toHaveLength(2);
    const [four, eight] = dots;
    expect(four?.[0]).toBeLessThan(eight?.[0] as number);
    expect(four?.[1]).toBeLessThan(eight?.[1] as number);
    expect(chartSvg(chart)).toContain(
      `<polyline points="${dots.map((dot) => dot.map((v) => v.toFixed(1)).join(",")).join(" ")}"`,
    );
  });

  it("is linear in the logarithm: 10 lies half-way between 1 and 100", () => {
    const marks = [1, 10, 100].map((x) => ({ x, y: 5 }));
    const [a, b, c] = all(
      chartSvg({ ...chart, series: [{ label: "s", marks }] }),
      /<circle cx="([\d.]+)" cy="[\d.]+" r="3"/g,
    ).flat();
    expect((b as number) - (a as number)).toBeCloseTo((c as number) - (b as number), 0);
  });

  it("leaves out what is no number, and lets no label break out", () => {
    const svg = chartSvg(chart);
    expect(svg).not.toContain("NaN");
    expect(svg).toContain("round &lt;1&gt;");
    expect(chartSvg({ ...chart, series: [] })).not.toContain("NaN");
  });

  it("draws whiskers from low to high, and levels across", () => {
    const bare = all(chartSvg(chart), /<line /g).length;
    const more = chartSvg({ ...chart, levels: [{ label: "held-out text", y: 22 }] });
    expect(more).toContain("held-out text");
    expect(more).toContain("stroke-dasharray");
    const [whisker] = all(
      chartSvg(chart),
      /<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" stroke="#222222"/g,
    );
    expect(whisker?.[1]).toBeGreaterThan(whisker?.[3] as number);
    expect(bare).toBeGreaterThan(1);
  });
});

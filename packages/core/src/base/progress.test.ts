import { expect, it } from "vitest";
import { duration, startProgress } from "./progress.js";

/** A progress report on a clock that the test moves, and the text that it wrote. */
function watched(isTTY: boolean, from = 0) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) };
  const progress = startProgress({ label: "train", total: 100, unit: "updates", from, stream, now: () => clock.ms });
  return { progress, written, clock };
}

it("prints nothing for work that ends within two seconds", () => {
  const { progress, written, clock } = watched(true);
  for (let i = 1; i <= 19; i++) {
    clock.ms = 100 * i;
    progress.update(i);
  }
  progress.done();
  expect(written).toEqual([]);
});

it("rewrites one line in a terminal, with rate and time left", () => {
  const { progress, written, clock } = watched(true);
  clock.ms = 10_000;
  progress.update(20, "loss 3.1");
  expect(written).toEqual(["\r\u001b[Ktrain · 20/100 updates · 2.00 updates/s · 0:40 left · loss 3.1"]);
});

it("never writes more than a terminal's width", () => {
  const { progress, written, clock } = watched(true);
  clock.ms = 10_000;
  progress.update(20, "x".repeat(200));
  expect(written[0]).toHaveLength(79 + "\r\u001b[K".length);
});

it("writes at most one line in ten seconds where there is no terminal", () => {
  const { progress, written, clock } = watched(false);
  for (let i = 1; i <= 300; i++) {
    clock.ms = 100 * i;
    progress.update(i / 3);
  }
  expect(written).toHaveLength(3);
  expect(written[0]).toMatch(/^train · .* left\n$/);
});

it("ends with one line that says how long it took", () => {
  const { progress, written, clock } = watched(false);
  clock.ms = 5_000;
  progress.update(100);
  progress.done("saved");
  expect(written.at(-1)).toBe("train · 100/100 updates · 20.0 updates/s · took 0:05 · saved\n");
});

it("leaves out of the rate what was done before", () => {
  const { progress, written, clock } = watched(false, 90);
  clock.ms = 5_000;
  progress.update(95);
  expect(written[0]).toContain("1.00 updates/s · 0:05 left");
});

it("says seconds each for slow work", () => {
  const { progress, written, clock } = watched(false);
  clock.ms = 40_000;
  progress.update(2);
  expect(written[0]).toContain("20.0 s each");
});

it("writes durations as clocks do", () => {
  expect([0, 59_400, 61_000, 3_661_000].map(duration)).toEqual(["0:00", "0:59", "1:01", "1:01:01"]);
});

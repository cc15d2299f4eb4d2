/**
 * @file What the page says of figures that were not measured, and of samplers, on a store that real commands made: forecasts are the
 * terminal's, and neither of the two comes into any other answer.
 */
import { createApp, openStores, type Stores } from "@sdtt/dashboard";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { world } from "./world.fixture.js";

const made = world();
const { at, roundAt } = made;
const experiment = "--experiment=mine";

let stores: Stores;
beforeAll(async () => {
  made.silence();
  const teacher = at("root/runs/first");
  await made.pretrain("first", experiment, "--seed=1");
  for (const [name, seed] of [
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ] as const) {
    await made.round(name, teacher, experiment, `--seed=${seed}`);
    await made.curve(roundAt(name), experiment, `--teacher=${teacher}`, "--seed=1");
  }
  // What one of them was measured by and another was not.
  for (const name of ["a", "c"]) await made.curve(roundAt(name), experiment, "--teacher=none", "--seed=1", "--steps=8");
  await made.curve(roundAt("a"), experiment, `--teacher=${teacher}`, "--seed=1", "--sampler=spaced");
  stores = openStores([at("root/sdtt.sqlite")]);
}, 600_000);
afterAll(() => stores.close());

const text = async (path: string): Promise<string> => {
  const answer = await createApp(stores, new Map()).request(`http://localhost/api/${path}`);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.text();
};
const json = async (path: string) => JSON.parse(await text(path));

type Cell = "measured" | null | { readonly value: number; readonly low: number | null; readonly high: number | null };
interface Row {
  readonly figure: string;
  readonly steps: number | null;
  readonly cells: readonly Cell[];
}
const pair = "run=a/round-1&run=b/round-1";
const others = [
  "curve?experiment=mine",
  "leaderboard?experiment=mine",
  "home",
  "sweep?experiment=mine",
  `compare?${pair}`,
];

describe("a forecast", () => {
  const rows = async (): Promise<Row[]> => (await json(`forecasts?${pair}`)).rows;

  it("is of what one run has and another has not, and is the terminal's to the digit", async () => {
    const row = (await rows()).find((one) => one.figure === "gen-ppl-retokenised@1" && one.steps === 8);
    expect(row?.cells[0]).toBe("measured");
    const { forecasts } = await made.forecasts(experiment, "--metric=gen-ppl");
    const own = forecasts.filter(({ subject, figure }: Record<"subject" | "figure", Record<string, unknown>>) => {
      const isStudent = subject.hash === made.studentOf("b") && subject.isPlain;
      return isStudent && figure.steps === 8 && figure.definition === row?.figure;
    });
    const ends = ({ value, low, high }: Record<string, number>) => ({ value, low, high });
    expect(own.map(ends)).toEqual([row?.cells[1]]);
    expect(own[0].low).toBeLessThan(own[0].value);
  });

  it("changes no other answer, and is in none", async () => {
    const before = await Promise.all(others.map(text));
    const cells = (await rows()).flatMap((one) => one.cells);
    const values = cells.flatMap((cell) => (cell === null || cell === "measured" ? [] : [cell.value]));
    expect(values.length).toBeGreaterThan(0);
    const after = await Promise.all(others.map(text));
    expect(after).toEqual(before);
    for (const answer of after) expect(values.filter((value) => answer.includes(String(value)))).toEqual([]);
  });

  it("is refused of a run that there is not, and of more runs than can be read", async () => {
    const status = async (query: string) =>
      (await createApp(stores, new Map()).request(`http://localhost/api/forecasts?${query}`)).status;
    expect(await status("run=none")).toBe(400);
    expect(await status(Array.from({ length: 7 }, (_, i) => `run=${i}`).join("&"))).toBe(400);
  });
});

describe("a sampler other than ancestral steps", () => {
  it("is on its own page alone, beside the same model's ancestral steps", async () => {
    const { lines } = await json("samplers?experiment=mine");
    const labels = lines.map(({ label }: { label: string }) => label);
    expect(labels).toEqual(["teacher, spaced", "round 1, ancestral", "round 1, spaced"]);
    // A run is called by how it drew; its figures are what stands nowhere else.
    const figures = async (path: string) => (await text(path)).replaceAll(/"drawn":"[^"]*"/g, "");
    for (const path of others)
      expect([path, await figures(path)]).not.toEqual([path, expect.stringContaining("spaced")]);
    const file = (await text("samplers.csv?experiment=mine")).split("\r\n");
    expect(file.filter((line) => line.includes("spaced"))).toHaveLength(4);
  });
});

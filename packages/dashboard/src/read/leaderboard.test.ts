/** @file The leaderboard on the test store, whose figures are known, and on the figures that ship. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addKnown, openStore, readKnown, type Store } from "@sdtt/core/store";
import { assetsFolder } from "@sdtt/core/workspace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedStore } from "../seed.fixture.js";
import { curveFrom } from "./curve.js";
import { boardQuery, leaderboardOf } from "./leaderboard.js";
import { sortedBy } from "./sorted.js";

let folder: string;
let store: Store;
let shipped: Store;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-board-"));
  store = seedStore(join(folder, "demo.sqlite"));
  shipped = openStore(join(folder, "shipped.sqlite"));
  const known = readKnown(join(assetsFolder, "known.json"));
  if (known) addKnown(shipped, known);
});
afterAll(() => {
  store.close();
  shipped.close();
  rmSync(folder, { recursive: true });
});

const board = (query: Record<string, string> = {}, from = store) => leaderboardOf(from, boardQuery.parse(query));
const namesOf = (query: Record<string, string>, from = store) => board(query, from).rows.map(({ name }) => name);

it("what is missing comes last whichever way a column is sorted, and equals stay in their order", () => {
  const rows = [
    ["a", null],
    ["b", 2],
    ["c", Number.NaN],
    ["d", 1],
    ["e", 2],
    ["f", undefined],
  ] as const;
  const order = (isDown: boolean) =>
    sortedBy(rows, isDown, ([, value]) => value)
      .map(([name]) => name)
      .join("");
  expect([order(false), order(true)]).toEqual(["dbeacf", "bedacf"]);
});

describe("the leaderboard", () => {
  it("has teachers, students and levels as rows, with the figures, intervals and verdicts of the quality view", () => {
    const { rows, columns, sort, total } = board({ experiment: "demo" });
    expect(columns.map(({ key }) => key)).toEqual(["gain@8", "saved@8", "gen-ppl@8", "entropy@8", "ms@8", "nfe@8"]);
    expect([sort, total]).toEqual(["-gain@8", 4]);
    expect(rows.map(({ kind }) => kind).sort()).toEqual(["level", "student", "student", "teacher"]);
    const curve = curveFrom(store, { experiment: "demo" });
    for (const { label, kind, cells } of rows.filter((row) => row.kind !== "level")) {
      const point = curve.series.find((series) => series.label === label)?.points.find(({ steps }) => steps === 8);
      const gain = curve.matched.gains.find((one) => one.label === label && one.steps === 8);
      expect(cells[2]).toMatchObject({ value: point?.value.mean, low: point?.value.low, n: 3, keys: point?.keys });
      expect(cells[3]?.value).toBe(point?.entropy?.mean);
      expect([cells[4]?.value, cells[5]?.value]).toEqual([800 / 256, 8]);
      if (kind === "student")
        expect(cells[0]).toMatchObject({ value: gain?.gain?.mean ?? null, verdict: gain?.verdict ?? null });
    }
    const level = rows.find(({ kind }) => kind === "level");
    expect(level).toMatchObject({ name: "real text" });
    expect([level?.cells[0]?.value, level?.cells[2]?.value]).toEqual([null, 30]);
    expect(board({ experiment: "demo", columns: "gen-ppl@8,round" }).offered.length).toBeGreaterThan(10);
  });

  it("is sorted by any column either way, and filtered by any result", () => {
    const columns = "gen-ppl@4,gen-ppl@128";
    const up = namesOf({ experiment: "demo", columns, sort: "gen-ppl@4" });
    const down = namesOf({ experiment: "demo", columns, sort: "-gen-ppl@4" });
    expect(up).toEqual(["real text", "round 2", "round 1", "teacher"]);
    expect(down).toEqual(["teacher", "round 1", "round 2", "real text"]);
    for (const sort of ["gain@4", "-gain@4"])
      expect(namesOf({ experiment: "demo", sort }).slice(2).sort()).toEqual(["real text", "teacher"]);
    const first = board({ experiment: "demo", columns }).rows.find(({ name }) => name === "round 1")?.cells[0]?.value;
    const limit = Number(first) + 1;
    expect(namesOf({ experiment: "demo", filter: `gen-ppl@4<${limit} kind:student`, sort: "gen-ppl@4" })).toEqual([
      "round 2",
      "round 1",
    ]);
    expect(namesOf({ experiment: "demo", filter: "kind:student round>1" })).toEqual(["round 2"]);
    expect(namesOf({ filter: "experiment:odd" })).toEqual(["round 1"]);
  });

  it("refuses a column, a sort or a filter that there is not, with those that there are", () => {
    expect(() => board({ columns: "speed" })).toThrow(
      /a column must be a result or a config key, got speed\. There are: gen-ppl@4/,
    );
    expect(() => board({ sort: "-speed" })).toThrow(/a column must be a result or a config key, got speed/);
    expect(() => board({ filter: "speed>1" })).toThrow(/a field must be one that some run has, got speed/);
  });

  it("holds the students that ship against the teacher that all of them come from", () => {
    const { rows } = board({}, shipped);
    const students = rows.filter(({ kind }) => kind === "student");
    expect(students.map(({ name }) => name).sort()).toEqual([1, 2, 3, 4, 5].map((round) => `round ${round}`));
    for (const { cells } of students) expect(cells[0]?.value).toBeGreaterThan(1);
    const last = students.find(({ round }) => round === 5);
    expect((last?.cells[1]?.value as number) * 8).toBeCloseTo(9.75, 1);
    expect(
      rows
        .filter(({ kind }) => kind === "level")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["AR baseline", "real text"]);
  });

  it("calls a line by the name that a person gave, and by what differs where a program made the name up", () => {
    const path = join(folder, "named.sqlite");
    const own = seedStore(path);
    const [run] = own.runs();
    if (!run) throw new Error("no run");
    for (const [name, hash] of [
      ["warm start", "student-1-1"],
      ["rounds-1ba1a7b8c789", "student-2-1"],
    ] as const) {
      own.startRun({ ...run, id: `${name}/round`, name, stage: "round", round: 1, config: { lr: 0.1 } });
      own.addCheckpoint({
        hash,
        runId: `${name}/round`,
        round: 1,
        weights: "ema",
        path: "",
        update: 1,
        teacherHash: "teacher",
      });
    }
    const names = leaderboardOf(own, boardQuery.parse({ experiment: "demo" })).rows.map(({ name }) => name);
    own.close();
    expect(names.filter((name) => name.startsWith("warm start"))).toHaveLength(1);
    expect(names.join()).not.toContain("1ba1a7");
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { summaryOf } from "../charts/data/summary.js";
import { fillStore } from "../generate/bigStore.js";
import { hostile, seedStore } from "../seed.fixture.js";
import { compareRuns } from "./compare.js";
import { curveViewFrom } from "./curve.js";
import { matches, parseFilter } from "./filter.js";
import { homeOf } from "./home.js";
import { runDetail } from "./run.js";
import { listRuns } from "./runs.js";
import { openStores, type Stores } from "./stores/stores.js";
import { sweepOf } from "./sweeps/sweep.js";
import { retryCommand } from "./sweeps/sweepRuns.js";
import { mondayOf, weekOf } from "./weeks/week.js";

let folder: string;
let stores: Stores;
let demo: Store;
const until = Date.UTC(2026, 0, 31);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-query-"));
  const path = join(folder, "made-up.sqlite");
  fillStore(path, { runs: 40, trainPoints: 9000, evaluations: 700, samples: 200 }, until);
  stores = openStores([path]);
  demo = seedStore(join(folder, "demo.sqlite"));
});
afterAll(() => {
  stores.close();
  demo.close();
  rmSync(folder, { recursive: true });
});

const keeps = (filter: string, fields: Record<string, unknown>) => matches(parseFilter(filter), (name) => fields[name]);

describe("the filter", () => {
  const run = {
    id: "a/round-1",
    name: "first",
    stage: "round",
    seed: 2,
    lr: 1e-3,
    tag: ["best", "keep"],
    dirty: false,
  };

  it("asks all terms, any of a term's values, and turns a term around", () => {
    expect(keeps("stage:round seed:1,2 lr>=0.001 -tag:bad", run)).toBe(true);
    for (const none of ["stage:curve", "seed:1,3", "lr>0.001", "-tag:best", "dirty:true", "nothing:1"]) {
      expect(keeps(none, run)).toBe(false);
    }
  });

  it("looks for words in names and tags, together where they are quoted", () => {
    expect(keeps("FIRST best", run)).toBe(true);
    expect(keeps('"first best"', run)).toBe(false);
    expect(keeps("", run)).toBe(true);
  });

  it("takes a colon as part of text and an equals sign as the whole", () => {
    expect(keeps("name:irs", run)).toBe(true);
    expect(keeps("name=irs", run)).toBe(false);
  });

  it("refuses what it cannot understand", () => {
    expect(() => parseFilter('name:"open')).toThrow(/quotation marks must come in pairs, got name:"open/);
    expect(() => parseFilter("stage:")).toThrow(/each term must have a value, got stage:/);
    expect(() => parseFilter("a".repeat(1001))).toThrow(/at most 1000 characters/);
  });
});

describe("runs", () => {
  it("are filtered by their config and sorted by any field, and an unknown one is refused by name", () => {
    const page = listRuns(stores.reader, { filter: "stage:round lr=0.001", sort: "-round", columns: ["lr"], limit: 3 });
    expect(page.total).toBe(9);
    expect(page.items.map(({ run }) => run.round)).toEqual([3, 3, 3]);
    expect(page.items[0]).toMatchObject({ columns: { lr: 0.001 }, progress: { planned: 500 } });
    expect(() => listRuns(stores.reader, { filter: "lrr:1" })).toThrow(
      /a field must be one that some run has, got lrr/,
    );
    expect(() => listRuns(stores.reader, { sort: "lrr" })).toThrow(/sort must name a field of the runs, got lrr/);
  });

  it.each(["loss", "lr"])("without a value of %s come last, rising and falling", (field) => {
    const shown = (sort: string) =>
      listRuns(stores.reader, { sort, columns: ["lr"], limit: 1000 }).items.map(({ progress, columns }) => {
        const value = field === "loss" ? progress?.loss : columns.lr;
        return typeof value === "number" && Number.isFinite(value) ? value : null;
      });
    for (const [sort, sign] of [
      [field, 1],
      [`-${field}`, -1],
    ] as const) {
      const all = shown(sort);
      const valued = all.filter((value) => value !== null);
      expect(valued.length, sort).toBeGreaterThan(0);
      expect(all.slice(0, valued.length)).toEqual([...valued].sort((a, b) => sign * (a - b)));
    }
  });

  it("that are archived are shown only when asked for", () => {
    const id = "experiment-01/teacher";
    const tag = { runId: id, tag: "archived", author: "ann" };
    stores.write(
      () => true,
      (store) => store.saveTag({ ...tag, isSet: true }),
    );
    expect(listRuns(stores.reader, { filter: `id=${id}` }).total).toBe(0);
    expect(listRuns(stores.reader, { filter: `id=${id}`, archived: true }).total).toBe(1);
    stores.write(
      () => true,
      (store) => store.saveTag({ ...tag, isSet: false }),
    );
    expect(listRuns(stores.reader, { filter: `id=${id}` }).total).toBe(1);
  });

  it("know how long they have still to go, and are silent without a sign of life", () => {
    const running = listRuns(stores.reader, { filter: "status:running" }, Date.now() + 3_600_000).items;
    expect(running.length).toBeGreaterThan(0);
    expect(running.every(({ isSilent }) => isSilent)).toBe(true);
    const trained = listRuns(stores.reader, { filter: "stage:round" }).items[0];
    expect(trained?.rate).toBeGreaterThan(0);
  });
});

it("shows a run's line of teachers, down to the one that no run made", () => {
  const { lineage, evaluations, kept } = runDetail(
    stores.reader,
    stores.sweeps,
    "experiment-01/lr-0.001-seed-1/round-2",
  );
  expect(lineage.map(({ round, relation }) => [round, relation])).toEqual([
    [0, "ancestor"],
    [1, "ancestor"],
    [2, "this"],
    [3, "student"],
  ]);
  const evaluator = "experiment-01/lr-0.001-seed-1/curve-2";
  expect(lineage[2]?.evaluatedBy).toEqual([{ id: evaluator, name: evaluator }]);
  expect(evaluations.length).toBeGreaterThan(0);
  expect(Object.values(kept).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  expect(() => runDetail(stores.reader, stores.sweeps, "none")).toThrow(/the run must be in the store, got none/);
});

it("tells what is new since a date: students of the newest round by the matched comparison, at every step count", () => {
  const home = homeOf(stores.reader, stores.sweeps, "2026-01-01T00:00:00.000Z");
  expect(home.counts.evaluations).toBe(stores.reader.evaluations().length);
  const own = home.news.filter(({ experiment }) => experiment === "experiment-01");
  expect([...new Set(own.map(({ label }) => label))]).toEqual(["lr = 0.0003, round 3", "lr = 0.001, round 3"]);
  expect([...new Set(own.map(({ steps }) => steps))]).toEqual([4, 8, 16, 32, 64, 128]);
  const view = curveViewFrom(stores.reader, { experiment: "experiment-01" });
  for (const { label, steps, gain, verdict, family } of own) {
    const same = view.matched.gains.find((one) => one.label === label && one.steps === steps);
    expect({ gain, verdict, family }).toEqual({
      gain: same?.gain,
      verdict: same?.verdict,
      family: view.matched.family,
    });
  }
  expect(homeOf(stores.reader, stores.sweeps, "2027-01-01T00:00:00.000Z")).toMatchObject({
    news: [],
    counts: { evaluations: 0 },
  });
});

it("compares runs over pairs of the same seed, and shows only the keys that differ", () => {
  const runs = ["experiment-01/lr-0.0003-seed-1/curve-1", "experiment-01/lr-0.001-seed-1/curve-1"];
  const { differing, differences, samples } = compareRuns(stores.reader, runs);
  expect(differing.filter(({ key }) => !key.startsWith("("))).toEqual([]);
  const at = differences.find(({ measure, steps }) => measure.startsWith("gen-ppl") && steps === 8);
  expect(at?.kind).toBe("ratio");
  expect(at?.against[0]?.high).toBeLessThan(1);
  expect(samples[0]?.keys.every((key) => key !== null)).toBe(true);
  const training = ["experiment-01/lr-0.0003-seed-1/round-1", "experiment-01/lr-0.001-seed-1/round-1"];
  expect(compareRuns(stores.reader, training).differing).toContainEqual({ key: "lr", values: [0.0003, 0.001] });
  expect(() => compareRuns(stores.reader, Array(7).fill(runs[0]))).toThrow(/at most 6 runs, got 7/);
});

it("lays training runs out over the keys that differ, with what failed as commands", () => {
  const { axes, cells } = sweepOf(stores.reader, stores.sweeps, "experiment-01", 8);
  expect(axes).toEqual([{ key: "lr", values: ["0.0003", "0.001"] }]);
  expect(cells.map(({ round, seeds }) => [round, seeds.length])).toEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(() => sweepOf(stores.reader, stores.sweeps, "experiment-01", 9)).toThrow(
    /must be a step count that was judged, got 9/,
  );
  const [run] = stores.reader.runs({ stage: "round" });
  if (run === undefined) throw new Error("no run");
  expect(retryCommand(run)).toBe("node packages/distill/dist/cli.js round --lr=0.0003 --seed=1");
});

it("groups lines by a config key and refuses one that no run has", () => {
  const curve = curveViewFrom(stores.reader, { experiment: "experiment-01", by: ["lr"], rounds: [3] });
  expect(curve.series.map(({ label }) => label)).toEqual(["teacher", "lr = 0.0003, round 3", "lr = 0.001, round 3"]);
  expect(curve.allRounds).toEqual([1, 2, 3]);
  // Apart by what they differ in without being asked, and by seeds too where that is.
  expect(curveViewFrom(stores.reader, { experiment: "experiment-01" }).apart).toEqual(["lr"]);
  const apart = curveViewFrom(stores.reader, { experiment: "experiment-01", by: ["lr", "seed"], rounds: [1] });
  expect(apart.series.map(({ label }) => label).slice(1, 4)).toEqual([
    ...["lr = 0.0003, seed = 1, round 1", "lr = 0.0003, seed = 2, round 1", "lr = 0.0003, seed = 3, round 1"],
  ]);
  expect(() => curveViewFrom(stores.reader, { by: ["nothing"] })).toThrow(/must be by a key of .* runs, got nothing/);
});

it("puts time and network evaluations on the horizontal axis", () => {
  const xs = (x: "nfe" | "time") => curveViewFrom(stores.reader, { x }).series[0]?.points.map((point) => point.x);
  expect(xs("nfe")?.[0]).toBeCloseTo(4 * 0.998, 6);
  expect(xs("time")?.[0]).toBeCloseTo(24, 6);
});

describe("the answer in words", () => {
  it("names the best round and its control, and says when it rests on one seed", () => {
    const view = curveViewFrom(stores.reader, { experiment: "experiment-01" });
    const summary = summaryOf(view, 4);
    expect(summary?.best).toMatch(/^lr = 0\.\d+, round \d$/);
    expect(summary?.sentences[0]).toMatch(/as good as a teacher sharpened to its entropy/);
    const odd = curveViewFrom(demo, { experiment: "odd" });
    expect(summaryOf(odd, 16)).toMatchObject({ best: null, trust: "none" });
    expect(summaryOf(odd, 4)).toBeUndefined();
  });
});

it("shows several stores as one, without counting a copied row twice", () => {
  const path = join(folder, "made-up.sqlite");
  const both = openStores([path, join(folder, "demo.sqlite"), join(folder, "nowhere.sqlite")]);
  expect(both.reader.experiments().map(({ name }) => name)).toEqual(expect.arrayContaining(["experiment-01", "demo"]));
  expect(both.reader.runs()).toHaveLength(stores.reader.runs().length + demo.runs().length);
  expect(both.states().map(({ problem }) => problem)).toEqual([null, null, expect.stringContaining("must exist")]);
  expect(both.reader.evaluations({ experiment: "demo" }).length).toBeGreaterThan(0);
  both.close();
});

it("knows ISO weeks at the turn of a year, and what is none", () => {
  const week = (text: string) => weekOf(new Date(`${text}T12:00:00Z`));
  expect(["2026-01-01", "2025-12-29", "2027-01-03", "2026-11-21"].map(week)).toEqual([
    "2026-W01",
    "2026-W01",
    "2026-W53",
    "2026-W47",
  ]);
  expect(mondayOf("2026-W47")?.toISOString().slice(0, 10)).toBe("2026-11-16");
  expect(["2026-W54", "2026-47", hostile].map(mondayOf)).toEqual([undefined, undefined, undefined]);
});

it("gives a single pair the interval of its samples, and none where a standard error is missing", () => {
  const [first] = demo.evaluations({ experiment: "demo", round: 1, steps: 8 });
  const run = demo.run("demo");
  if (first === undefined || run === undefined) throw new Error("the fixture is empty");
  for (const [id, value] of [["left", 100] as const, ["right", 50] as const]) {
    demo.startRun({ ...run, id, name: id, experiment: "pair" });
    const row = { ...first, runId: id, subjectHash: id, steps: 8, value, stderr: value / 50 };
    demo.saveEvaluation(row);
    demo.saveEvaluation({ ...row, steps: 16, stderr: null });
  }
  const [with_, without] = compareRuns(demo, ["left", "right"]).differences;
  const half = 1.96 * Math.hypot(0.02, 0.02);
  expect(with_?.against[0]).toMatchObject({ n: 1, over: "samples", low: expect.closeTo(0.5 * Math.exp(-half), 6) });
  expect(without?.against[0]).toMatchObject({ n: 1, over: "nothing" });
});

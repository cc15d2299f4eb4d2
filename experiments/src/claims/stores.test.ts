/**
 * @file What is pooled and shown of a store that real commands made: two teachers, a seed each of two rates, evaluated and
 * listed under one experiment as README's rows do when none of them names one.
 */
import { readFileSync } from "node:fs";
import { formatNumber } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { createApp, curveTable, markdownTable, openStores, type Stores } from "@sdtt/dashboard";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { world } from "./world.fixture.js";

const made = world();
const { at, roundAt } = made;
const experiment = "--experiment=mine";

/** By name: the teacher, and what its round was told. */
const students = {
  "a-1": ["first", "--seed=1"],
  "a-2": ["first", "--seed=2"],
  "b-1": ["first", "--seed=1", "--lr=0.01"],
  "b-2": ["first", "--seed=2", "--lr=0.01"],
  "c-1": ["second", "--seed=1"],
} as const;

let stores: Stores;
beforeAll(async () => {
  made.silence();
  const folderOf = (teacher: string) => at("root/runs", teacher);
  await made.pretrain("first", experiment, "--seed=1");
  await made.pretrain("second", experiment, "--seed=2");
  for (const [name, [teacher, seed, ...told]] of Object.entries(students)) {
    await made.round(name, folderOf(teacher), experiment, seed, ...told);
    await made.curve(roundAt(name), experiment, `--teacher=${folderOf(teacher)}`, seed);
  }
  for (const temperature of [0.5, 1.5]) {
    for (const seed of [1, 2])
      await made.curve(folderOf("first"), experiment, `--seed=${seed}`, `--temperature=${temperature}`);
  }
  stores = openStores([at("root/sdtt.sqlite")]);
}, 600_000);
afterAll(() => stores.close());

interface Point {
  readonly steps: number;
  readonly value: { readonly mean: number; readonly n: number };
  readonly seeds: readonly { readonly model: string }[];
}
interface Line {
  readonly label: string;
  readonly round: number;
  readonly points: readonly Point[];
}

const text = async (path: string): Promise<string> => {
  const answer = await createApp(stores, new Map()).request(`http://localhost/api/${path}`);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.text();
};
const json = async (path: string) => JSON.parse(await text(path));
const lines = async (query = ""): Promise<Line[]> => (await json(`curve?experiment=mine${query}`)).series;
const rows = (metric = "gen-ppl"): EvaluationRecord[] =>
  made.reading((store) => store.evaluations({ experiment: "mine" }).filter((e) => e.metric === metric));

/** The checkpoint of the first teacher of a model. */
function teacherOf(hash: string): string {
  const rounds = made.reading((store) => Object.keys(students).flatMap((name) => store.rounds(`${name}/round-1`)));
  return rounds.find(({ studentHash }) => studentHash === hash)?.teacherHash ?? hash;
}

describe("two teachers under one experiment", () => {
  it("are two lines, and no point of any line is of two teachers", async () => {
    const drawn = await lines();
    const teachers = new Set(rows().map(({ subjectHash }) => teacherOf(subjectHash)));
    expect(teachers.size).toBe(2);
    const names = [...teachers].map((hash) => `teacher ${hash.slice(0, 8)}`);
    expect(drawn.filter(({ round }) => round === 0).map(({ label }) => label)).toEqual(expect.arrayContaining(names));
    const pooled = drawn.flatMap(({ points }) =>
      points.map(({ seeds }) => new Set(seeds.map(({ model }) => teacherOf(model))).size),
    );
    expect(new Set(pooled)).toEqual(new Set([1]));
  });

  it("have a student's line each, of which only the seeds of one training are one", async () => {
    const counted = (await lines())
      .filter(({ round }) => round === 1)
      .map(({ label, points }) => [label.replace(/[0-9a-f]{8}/, "…"), points.map(({ value }) => value.n)]);
    expect(counted.sort()).toEqual([
      ["lr = 0.001, teacher …, round 1", [1, 1]],
      ["lr = 0.001, teacher …, round 1", [2, 2]],
      ["lr = 0.01, teacher …, round 1", [2, 2]],
    ]);
  });

  it("are apart in the grid of runs, which is over what students differ in and counts no pre-training", async () => {
    const { axes, cells } = await json("sweep?experiment=mine");
    expect(axes.map(({ key }: { key: string }) => key)).toEqual(["lr", "teacher"]);
    expect(cells.map(({ seeds, value }: { seeds: number[]; value: Point["value"] }) => [seeds, value.n])).toEqual([
      ...[
        [[1, 2], 2],
        [[1, 2], 2],
      ],
      [[1], 1],
    ]);
  });
});

describe("a line for each value of a key", () => {
  it("shows what its training was told, or else what its evaluation was, and no value that no run has", async () => {
    const configs = made.reading((store) =>
      store
        .runs({ experiment: "mine" })
        .filter(({ round }) => round === 1)
        .map(({ config }) => config),
    );
    const ofRuns = ["seed", "engine"];
    const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))].filter((key) => !ofRuns.includes(key));
    expect(keys.length).toBeGreaterThan(30);
    for (const key of keys) {
      const told = configs.filter((config) => config[key] !== undefined).map((config) => config[key]);
      const known = told.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
      for (const { round, label } of await lines(`&by=${encodeURIComponent(key)}`)) {
        const [, value] = new RegExp(`(?:^|, )${key} = (.*), teacher `).exec(label) ?? [];
        if (round === 1) expect([key, known]).toEqual([key, expect.arrayContaining([value])]);
      }
    }
  });

  it("is of its own runs alone: by name, each student is the one that its command made", async () => {
    const byName = (await lines("&by=name")).filter(({ round }) => round === 1);
    const found = byName.map(({ label, points }) => [
      /name = ([\w-]+)/.exec(label)?.[1],
      [...new Set(points.flatMap(({ seeds }) => seeds.map(({ model }) => model)))],
    ]);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(Object.keys(students).map((name) => [name, [made.studentOf(name)]])),
    );
  });
});

describe("a cell", () => {
  /** By line and step count, as it is written. */
  const written = async () =>
    (await lines()).flatMap(({ label, points }) =>
      points.map(({ steps, value }) => ({ label, steps, value: value.mean, shown: formatNumber(value.mean) })),
    );

  it("is the geometric mean of its rows: of its evaluations with one model's draws averaged first", async () => {
    const own = rows().filter(({ temperature }) => temperature === 1);
    for (const { label, points } of await lines()) {
      for (const { steps, value, seeds } of points) {
        const models = new Set(seeds.map(({ model }) => model));
        const used = own.filter((e) => e.steps === steps && models.has(e.subjectHash));
        expect([label, used.length]).toEqual([label, value.n]);
        const logs = used.reduce((sum, e) => sum + Math.log(e.value), 0) / used.length;
        expect(value.mean).toBeCloseTo(Math.exp(logs), 9);
      }
    }
  });

  it("has one value on the page, in its file, in the terminal's table and in the frozen report", async () => {
    const cells = await written();
    const csv = (await text("curve.csv?experiment=mine")).split("\r\n");
    const terminal = markdownTable(curveTable(await json("curve?experiment=mine"), "value")).split("\n");
    const report = await text("report.html?experiment=mine");
    for (const { label, steps, value, shown } of cells) {
      const line = csv.find((one) => one.replaceAll('"', "").startsWith(`${label},`) && one.includes(`,1,${steps},`));
      expect([label, line]).toEqual([label, expect.stringContaining(`,${value},`)]);
      const row = terminal.find((one) => one.startsWith(`| ${label} |`));
      expect([label, row]).toEqual([label, expect.stringContaining(` ${shown} [`)]);
      expect(report).toContain(`<td>${shown} [`);
    }
  });

  it("has the same value in the grid of runs as on the curve, and the same interval", async () => {
    const { cells, steps } = await json("sweep?experiment=mine");
    const points = (await lines()).flatMap(({ round, points }) => (round === 1 ? points : []));
    const onCurve = points.filter((point) => point.steps === steps).map(({ value }) => value);
    const inGrid = cells.map(({ value }: { value: Point["value"] }) => value);
    const order = (a: Point["value"], b: Point["value"]) => a.mean - b.mean;
    expect(inGrid.sort(order)).toEqual(onCurve.sort(order));
  });

  it("has the same gain at home, on the curve and in the grid, in the same words", async () => {
    const { matched } = await json("curve?experiment=mine");
    const { news } = await json("home");
    const brief = ({ label, steps, gain, none, verdict }: Record<string, unknown>) => {
      return { label, steps, gain, none, verdict };
    };
    expect(news.map(brief)).toEqual(matched.gains.map(brief));
    expect(matched.gains.some(({ gain }: { gain: unknown }) => gain !== null)).toBe(true);
    const { cells, steps } = await json("sweep?experiment=mine");
    const means = matched.gains.flatMap((one: { steps: number; gain: { mean: number } | null }) =>
      one.steps === steps && one.gain ? one.gain.mean.toFixed(2) : [],
    );
    for (const mean of means) {
      expect(cells.map(({ says }: { says: string }) => says)).toContainEqual(
        expect.stringMatching(new RegExp(`^gain ${mean}`)),
      );
    }
  });

  it("of one run has one value in its report, on the page that sets runs side by side, and as a line by name", async () => {
    await made.report(
      "a-1",
      `--teacher=${at("root/runs/first")}`,
      "--only=curve",
      "--steps=2,4",
      "--ar=none",
      experiment,
    );
    const markdown = readFileSync(at("root/reports/a-1/report.md"), "utf8");
    const compared = await json("compare?run=a-1/round-1&run=b-1/round-1");
    for (const { steps, value } of rows().filter((e) => e.subjectHash === made.studentOf("a-1"))) {
      expect(markdown).toContain(formatNumber(value));
      const difference = compared.differences.find(
        (one: { measure: string; steps: number }) => one.measure.startsWith("gen-ppl") && one.steps === steps,
      );
      expect(difference.means[0].mean).toBeCloseTo(value, 9);
      const own = (await lines("&by=name")).find(({ label }) => label.includes("name = a-1,"));
      expect(own?.points.find((point) => point.steps === steps)?.value.mean).toBeCloseTo(value, 9);
    }
  });
});

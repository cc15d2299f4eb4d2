/**
 * @file The same bytes in however many shards, with however many sequences at once and threads, on tiny random networks.
 *
 * Compared is all that an evaluation leaves: figures with their samples and what they are made of, files of samples, judges'
 * scores. Left out are times, which differ between any two runs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileHash } from "@sdtt/core/files";
import { openStore } from "@sdtt/core/store";
import { beforeAll, describe, expect, it } from "vitest";
import { catchCommands, printed, run, tiny } from "../cli.fixture.js";
import { loadSet } from "../samples/sampleSet.js";

catchCommands();

const models = () => [`--checkpoint=${tiny.student}`, `--teacher=${tiny.teacher}`, `--judge=${tiny.judge}`];
const setFile = (name: string) => join(tiny.folder, name);

/** A command line of each kind of evaluation, without its place. */
const lines = {
  curve: () => ["curve", ...models(), "--steps=2,4", "--samples=7", "--keep=2", "--corpus=none"],
  frontier: () => ["frontier", ...models(), "--steps=2", "--temperatures=1,0.5", "--samples=8"],
  lambada: () => ["lambada", `--checkpoint=${tiny.student}`, "--items=20", "--words=12"],
  sets: () => [
    ...["report", ...models(), "--ar=none", "--only=curve,sets", "--steps=2", "--samples=9", "--corpus=none"],
    ...[`--wikitext2=${setFile("wiki.txt")}`, `--ptb=${setFile("wiki.txt")}`, `--arc-easy=${setFile("arc.jsonl")}`],
  ],
};

beforeAll(() => {
  const text = "In the beginning God created the heaven and the earth.\n".repeat(30);
  writeFileSync(setFile("wiki.txt"), text);
  const choices = ["light", "the day", "darkness"].map((words, i) => ({ text: words, label: "ABC"[i] }));
  const questions = ["What?", "And God saw", "He called it"].flatMap((stem) =>
    ["A", "B"].map((answerKey) => JSON.stringify({ question: { stem, choices }, answerKey })),
  );
  writeFileSync(setFile("arc.jsonl"), `${questions.join("\n")}\n`);
});

const at = (root: string, threads = 1, sequences = 3) => [
  ...[`--root=${root}`, "--engine=onnx", `--threads=${threads}`, `--sequences=${sequences}`],
];
const rootOf = (name: string) => join(tiny.root, name);

const filesIn = (folder: string, ending: string) =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => [name, join(folder, name)] as const);

/** All that an evaluation left below a root, without who made it, when, and in what time. */
function outcomeOf(root: string) {
  const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
  try {
    const rows = store.evaluations({ sampler: "any" }).map(({ runId: _, wallMs: __, createdAt: ___, ...row }) => {
      return [row, store.samples(row.key)];
    });
    const folder = join(root, "samples");
    const sets = filesIn(folder, ".safetensors").map(([name, path]) => [name, { ...loadSet(path), wallMs: 0 }]);
    const scores = filesIn(folder, ".json").map(([name, path]) => [name, fileHash(path)]);
    return JSON.stringify([rows, sets, scores]);
  } finally {
    store.close();
  }
}

async function whole(name: string, line: readonly string[], ...places: readonly string[]): Promise<string> {
  expect(await run(...line, ...at(rootOf(name)), ...places)).toMatchObject({ code: 0 });
  return outcomeOf(rootOf(name));
}

async function sharded(name: string, line: readonly string[], of: number): Promise<string> {
  const root = rootOf(name);
  for (let index = 1; index <= of; index++) {
    expect(await run(...line, ...at(root), `--shard=${index}/${of}`)).toMatchObject({ code: 0 });
  }
  expect(await run("merge", `--root=${root}`)).toMatchObject({ code: 0 });
  return outcomeOf(root);
}

describe.each(Object.entries(lines))("%s", (kind, line) => {
  it("gives the bytes of one process in 1, 3 and 16 shards", async () => {
    const wanted = await whole(`${kind}-whole`, line());
    expect(wanted.length).toBeGreaterThan(500);
    for (const of of [1, 3, 16]) expect(await sharded(`${kind}-of-${of}`, line(), of), `${of} shards`).toBe(wanted);
  });

  it("gives the same bytes with 1, 5 and 16 sequences at once and with 1 and 2 threads", async () => {
    const places = [1, 2].flatMap((threads) => [1, 5, 16].map((sequences) => [threads, sequences] as const));
    const found = new Map<string, string>();
    for (const [threads, sequences] of places) {
      const root = rootOf(`${kind}-${threads}-${sequences}`);
      expect(await run(...line(), ...at(root, threads, sequences))).toMatchObject({ code: 0 });
      found.set(`${threads} threads, ${sequences} sequences`, outcomeOf(root));
    }
    const [wanted] = found.values();
    for (const [place, outcome] of found) expect(outcome, place).toBe(wanted);
  });
});

it("a curve of 1 024 samples over sixteen shards is that of one process", async () => {
  const line = ["curve", ...models(), "--steps=2", "--samples=1024", "--keep=1024", "--corpus=none"];
  const many = [...line, "--sequences=64"];
  expect(await sharded("many-of-16", many, 16)).toBe(await whole("many", many));
  expect(printed).toMatch(/samples +1024/);
});

it("a report of shards is the report of one process, but for its date", async () => {
  const reportOf = (name: string) =>
    readFileSync(join(rootOf(name), "reports/student/report.md"), "utf8")
      .split("\n")
      .filter((_, i) => i !== 2);
  expect(reportOf("sets-of-3")).toEqual(reportOf("sets-whole"));
});

it("latencies of shards are of each batch once, with the same rows but for the times", async () => {
  const line = ["latency", `--checkpoint=${tiny.student}`, `--ar=${tiny.ar}`, "--steps=2,4", "--batches=1,2,3"];
  const timed = [...line, "--repeats=2", "--engine=onnx", "--threads=1"];
  const keysOf = (name: string) => {
    const store = openStore(join(rootOf(name), "sdtt.sqlite"), { readonly: true });
    const keys = store.evaluations({ sampler: "any" }).map(({ key, value }) => [key, value !== null && value > 0]);
    store.close();
    return keys;
  };
  expect(await run(...timed, `--root=${rootOf("times")}`)).toMatchObject({ code: 0 });
  for (const shard of ["1/2", "2/2"]) {
    expect(await run(...timed, `--root=${rootOf("times-of-2")}`, `--shard=${shard}`)).toMatchObject({ code: 0 });
  }
  expect(await run("merge", `--root=${rootOf("times-of-2")}`)).toMatchObject({ code: 0 });
  expect(keysOf("times")).toHaveLength(9);
  expect(keysOf("times-of-2")).toEqual(keysOf("times"));
});

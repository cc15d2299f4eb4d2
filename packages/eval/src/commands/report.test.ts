/** @file A report from end to end on tiny random networks: whole, resumed, and refused. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCheckpointState, saveCheckpoint } from "@sdtt/core/checkpoint";
import { runCli } from "@sdtt/core/cli";
import { openStore } from "@sdtt/core/store";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { makeTiny, randomWeights, type Tiny, tinyDit, writeJudge } from "../tiny.fixture.js";
import { report } from "./index.js";

let tiny: Tiny;
let sets: string[];
beforeAll(() => {
  tiny = makeTiny();
  const text = "In the beginning God created the heaven and the earth.\n".repeat(30);
  const choice = {
    question: {
      stem: "What?",
      choices: [
        { text: "light", label: "A" },
        { text: "day", label: "B" },
      ],
    },
  };
  const write = (name: string, content: string) => {
    const path = join(tiny.folder, name);
    writeFileSync(path, content);
    return path;
  };
  sets = [
    `--wikitext2=${write("wiki.txt", text)}`,
    `--ptb=${write("ptb.txt", text)}`,
    `--arc-easy=${write("arc.jsonl", `${JSON.stringify({ ...choice, answerKey: "A" })}\n`.repeat(3))}`,
  ];
});
afterAll(() => tiny.remove());

let printed = "";
beforeEach(() => {
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

async function run(...flags: string[]): Promise<{ code: number; errors: string }> {
  let errors = "";
  const err = { write: (text: string) => (errors += text) };
  const small = [
    "--samples=10",
    "--frontier-samples=10",
    "--sampler-samples=10",
    "--steps=2,4",
    "--frontier-steps=4",
    "--temperatures=1,0.5",
    "--top-ps=0.9",
    "--mauve-steps=4",
  ];
  const prompts = ["--prompts=20", "--prompt-tokens=6", "--continuations=2", "--threads=1", "--engine=onnx"];
  const models = [`--judge=${tiny.judge}`, `--root=${tiny.root}`, "--ar=none"];
  const argv = ["report", ...models, ...small, ...prompts, "--corpus=embedded", ...flags];
  return { code: await runCli("eval", [report], argv, { out: process.stdout, err }), errors };
}

function rows() {
  const store = openStore(join(tiny.root, "sdtt.sqlite"), { readonly: true });
  try {
    return store
      .evaluations({ sampler: "any" })
      .map(({ key, metric, value, wallMs, createdAt }) => ({ key, metric, value, wallMs, createdAt }));
  } finally {
    store.close();
  }
}

const whole = () => [`--checkpoint=${tiny.student}`, `--teacher=${tiny.teacher}`, `--ar=${tiny.ar}`, ...sets];
const samplers = "--samplers=ancestral,top-k,remdm-cap:0.1,threshold:0.05";
const parts = "--only=samplers,curve,frontier,mauve,sets,levels";

describe("eval report", () => {
  it("measures every part of every model, and writes what it prints", async () => {
    expect((await run(...whole(), parts, samplers, "--sampler-steps=4")).code).toBe(0);
    const folder = join(tiny.root, "reports/student");
    const markdown = readFileSync(join(folder, "report.md"), "utf8");
    const data = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
    for (const title of [
      "gen-ppl-raw-ids@1",
      "self-bleu",
      "Gain at matched entropy",
      "Continuations",
      "Sets",
      "Warnings",
    ]) {
      expect(markdown).toContain(`## ${title}\n`);
      expect(printed).toContain(title);
    }
    expect(markdown).toMatch(
      /\| wikitext2-bits-per-byte-bound@2 \(n = \d+\) \| [\d.]+ ± [\d.]+ \| [\d.]+ ± [\d.]+ \| – \|/,
    );
    expect(markdown).toMatch(/\| wikitext2-ppl@2 \(n = \d+\) \| – \| – \| [\d.]+ ± [\d.]+ \|/);
    expect(markdown).toMatch(/mauve@1, 4 steps \(n = 40\) \| 0\.\d+/);
    // gen-PPL by itself has no verdict.
    expect(markdown).toMatch(/## Against the teacher\n\n.*\n.*\n\| round 1 \|( [\d.]+ \[[\d.]+, [\d.]+\] \|)+\n/);
    expect(markdown).toMatch(
      /## Teacher steps for the same text\n\n.*\n.*\n\| round 1 \| NFE [\d.]+: ([<>] )?(outside|\d)/,
    );
    expect(markdown).toMatch(/\| mauve@1 \(n = 40\) \| – \| – \| [\d.]+ ± \S+ \| [\d.]+ ± \S+ \|/);
    expect(markdown).toMatch(
      /\| ancestral, 4 steps \| .* \| 1 \| – \|\n\| top-k, 4 steps \|.*\n\| remdm-cap:0\.1, 4 steps \|/,
    );
    // A threshold has as many steps as there are tokens, and says how many evaluations it chose.
    expect(markdown).toMatch(
      /\| threshold:0\.05, 16 steps \| [\d.]+ \| [\d.]+ ± [\d.]+ \| [\d.]+ ± [\d.]+ \| [\d.]+ ± [\d.]+ \| (outside|[\d.]+ \[.*)/,
    );
    // What a sharper draw costs of variety, beside what a temperature costs.
    expect(markdown).toMatch(/## self-bleu at matched entropy\n\n.*\n.*\n\| round 1 \| (outside|[\d.]+ for [\d.]+, )/);
    expect(markdown).toMatch(/## Gain over top-p at matched entropy\n\n.*\n.*\n\| round 1 \| (outside|[\d.]+ \[)/);
    expect(markdown).toMatch(/\| teacher, top-p 0\.9 \| (outside|[\d.]+ \[)/);
    expect(markdown).toMatch(/## NFE\n\n.*\n.*\n\| teacher \| [\d.]+ \| [\d.]+ \|/);
    expect(markdown).toMatch(/## self-bleu\n(.*\n)+\| teacher, n = 10, 10 \|.*\n\n.*it moves with n/);
    expect(markdown).toMatch(/- round 1: 6 of 6 answers of arc-easy cut from the left to 16 tokens\n/);
    expect(data.rows).toHaveLength(new Set(data.rows.map(({ key }: { key: string }) => key)).size);
    expect(data.rows.every(({ value }: { value: unknown }) => typeof value === "number")).toBe(true);
    expect(data.gains["round 1"]).toHaveLength(1);
  });

  it("also comes as one HTML file with charts, which needs nothing beside it", async () => {
    await run(...whole(), "--only=curve,frontier");
    const html = readFileSync(join(tiny.root, "reports/student/report.html"), "utf8");
    const data = JSON.parse(readFileSync(join(tiny.root, "reports/student/report.json"), "utf8"));
    for (const { title } of data.sections) expect(html).toContain(`<h2>${title}</h2>`);
    expect(html.split("<svg").length - 1).toBe(4);
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|<script|<link|src=|url\(/);
    const [cell] = data.sections
      .find(({ title }: { title: string }) => title === "gen-ppl-raw-ids@1")
      .table[1].slice(1);
    expect(html).toContain(`<td>${cell}</td>`);
  });

  it("measures nothing where it is told not to, and shows what is missing as missing", async () => {
    const before = rows();
    await run(...whole(), "--only=curve", "--steps=2,4,16", "--no-measure");
    expect(rows()).toEqual(before);
    const markdown = readFileSync(join(tiny.root, "reports/student/report.md"), "utf8");
    expect(markdown).toMatch(/\| round 1 \| [\d.]+ ± [\d.]+ \| [\d.]+ ± [\d.]+ \| – \|/);
  });

  it("times the baseline beside the steps, and stores it once", async () => {
    const flags = [...whole(), "--only=curve,levels,latency", "--repeats=2"];
    await run(...flags);
    const markdown = readFileSync(join(tiny.root, "reports/student/report.md"), "utf8");
    expect(markdown).toMatch(
      /\| steps \| 2 \| 4 \| AR, with its cache \|\n.*\n\| ms a sample( \| [\d.e-]+ ± [\d.e-]+){3} \|/,
    );
    await run(...flags);
    expect(readFileSync(join(tiny.root, "reports/student/report.md"), "utf8")).toBe(markdown);
  });

  it("sets judges side by side on the same samples", async () => {
    const judge = join(tiny.folder, "second-judge");
    writeJudge(judge, tiny.tokenizer, 24, 77);
    const drawn = () =>
      rows().flatMap(({ metric, ...row }) => (metric === "self-bleu" ? [[row.key, row.value, row.wallMs]] : []));
    await run(...whole(), "--only=curve");
    const before = drawn();
    expect(before.length).toBeGreaterThan(0);
    await run(...whole(), "--only=curve", `--judges=${judge}`);
    expect(drawn()).toEqual(before);
    const data = JSON.parse(readFileSync(join(tiny.root, "reports/student/report.json"), "utf8"));
    const { table } = data.sections.find(({ title }: { title: string }) => title === "gen-ppl-raw-ids@1");
    expect(table.map(([label]: string[]) => label?.replace(/[0-9a-f]{8}$/, "HASH"))).toEqual([
      "steps",
      ...["teacher", "round 1", "teacher", "round 1"].map((label) => `${label}, judge HASH`),
    ]);
    expect(new Set(table.slice(1).map(([, first]: string[]) => first)).size).toBe(4);
  });

  it("has the controls that were made beside a run, without being told of them, and says which are missing", async () => {
    const place = (run: string) => join(tiny.root, "runs", run, "round-1");
    for (const [run, state, seed] of [
      ["mine", {}, 2],
      ["mine-null", { control: "null", config: { beside: "mine", weights: "raw" } }, 7],
      ["other-null", { control: "null", config: { beside: "other", weights: "raw" } }, 8],
    ] as const) {
      const { model, tokenizerHash, lineage } = readCheckpointState(tiny.student).state as Record<string, unknown>;
      const facts = { run, round: 1, update: 1, model, tokenizerHash, lineage, config: { weights: "raw" }, ...state };
      saveCheckpoint(place(run), { model: randomWeights(tinyDit(tiny.tokenizer.vocabSize + 1), seed), state: facts });
      tiny.tokenizer.save(join(place(run), "tokenizer.json"));
    }
    const flags = ["--run=mine", `--teacher=${tiny.teacher}`, "--only=curve,frontier", "--corpus=embedded"];
    expect(await run(...flags)).toMatchObject({ code: 0 });
    const markdown = () => readFileSync(join(tiny.root, "reports/mine/report.md"), "utf8");
    for (const title of ["gen-ppl-raw-ids@1", "Against the teacher", "Gain at matched entropy", "NFE"]) {
      const [, section = ""] = markdown().split(`## ${title}\n`);
      expect([title, section.split("\n## ")[0]]).toEqual([title, expect.stringContaining("| null, round 1 |")]);
    }
    expect(markdown()).not.toMatch(/other-null|round 1: other/);
    expect(markdown()).toContain("distill:round --control=equal-updates --beside=mine makes them");
    expect(markdown()).not.toContain("--control=null --beside");
    await run(...flags, "--controls=none", "--no-measure");
    expect(markdown()).not.toContain("null, round 1");
    expect((await run(...flags, "--controls=mine")).errors).toContain(
      "--controls must name runs of controls, got mine, a run of students",
    );
  });

  it("repeats nothing that the store has, and adds what is new", async () => {
    await run(...whole(), parts);
    const before = rows();
    const first = readFileSync(join(tiny.root, "reports/student/report.md"), "utf8");
    await run(...whole(), parts);
    expect(rows()).toEqual(before);
    expect(readFileSync(join(tiny.root, "reports/student/report.md"), "utf8")).toBe(first);
    await run(...whole(), "--only=sets", "--times=3");
    // The answers are short: their bound has no draws.
    expect(rows().length).toBe(before.length + 2 * 4);
    await run(...whole(), "--only=curve", "--steps=2,4,8");
    const after = rows();
    expect(after.filter(({ key }) => before.some((row) => row.key === key))).toEqual(before);
    expect(after.length).toBeGreaterThan(before.length);
  });

  it.each([
    [["--run=nothing"], "there must be rounds in"],
    [[], "give --run or --checkpoint, one of them, got neither"],
    [["--only=curves"], "only"],
    [["--samples=7"], "samples"],
  ])("refuses %j in one line", async (flags, message) => {
    const { code, errors } = await run(...flags);
    expect([code, errors.trim().split("\n").at(-1)]).toEqual([1, expect.stringContaining(message)]);
  });

  it("takes a set by --set=NAME=FILE as by its own flag, once for each, and refuses a name that none has", async () => {
    const [wiki, , arc] = sets.map((flag) => flag.slice(2)) as [string, string, string];
    const before = rows();
    const student = [`--checkpoint=${tiny.student}`, `--teacher=${tiny.teacher}`, `--ar=${tiny.ar}`];
    await run(...student, "--only=sets", `--set=${wiki}`, `--set=${arc}`);
    expect(rows()).toEqual(before);
    const markdown = readFileSync(join(tiny.root, "reports/student/report.md"), "utf8");
    expect(markdown).toContain("wikitext2-ppl-bound@2");
    expect(markdown).toContain("arc-easy-accuracy@2");
    const unknown = await run(...student, "--only=sets", "--set=arc=x.jsonl");
    expect(unknown.errors).toMatch(/--set must name a set: arc-challenge, arc-easy, .*, got arc\. Give NAME=FILE/);
    expect((await run(...student, "--only=sets", "--set=x.jsonl")).errors).toContain("must be NAME=FILE");
  });

  it("refuses a model that reads from left to right, a bad set and prompts longer than the text", async () => {
    expect((await run(`--checkpoint=${tiny.ar}`)).errors).toContain("Give it as --ar.");
    const bad = join(tiny.folder, "bad.jsonl");
    writeFileSync(bad, '{"question": 1}\n');
    const student = [`--checkpoint=${tiny.student}`, "--teacher=none"];
    const refused = await run(...student, "--only=sets", `--hellaswag=${bad}`);
    expect([refused.code, refused.errors]).toEqual([
      1,
      expect.stringContaining("bad.jsonl:1: ctx_a (or ctx) must be a text"),
    ]);
    const prompts = await run(...student, "--only=mauve", "--prompt-tokens=16");
    expect(prompts.errors).toContain("a prompt must be shorter than the text of 16 tokens, got 16");
  });
});

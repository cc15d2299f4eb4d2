/**
 * @file README's "Everyday commands" in their order, on one root, as a newcomer would type them, but small; and its example.
 *
 * What a row prints is what it promises. A row that is added, moved or renamed in README has to be so here.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCheckpointState } from "@sdtt/core/checkpoint";
import ts from "typescript";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sdtt, userEnvironment } from "./nx.fixture.js";
import { repository } from "./programs.js";

const readme = readFileSync(join(repository, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "readme-"));
const at = (name: string) => join(folder, name);
const root = at("root");
const [texts, mine] = [at("my texts"), join(root, "runs/mine")];

beforeAll(() => {
  mkdirSync(texts);
  const sentence = "and the light was good over the water, he said unto them, on day";
  for (let i = 0; i < 40; i++) writeFileSync(join(texts, `${i}.txt`), `${`${sentence} ${i}. `.repeat(4)}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A few seconds each. */
const training = ["--updates=2", "--sequences=2", "--threads=1"];
const evaluation = ["--steps=2", "--samples=8", "--threads=1"];
const tiny = ["--width=32", "--blocks=1", "--heads=2", "--length=32", "--validation-batches=1"];
const tokenizer = `--tokenizer=${join(repository, "packages/core/assets/teacher/tokenizer.json")}`;

interface Row {
  /** As README has it: a command, or words. */
  readonly row: string;
  readonly args: readonly string[];
  readonly prints: readonly RegExp[];
  readonly also?: () => void;
}

const student = [/^teacher +[\d.e+]+ \/ [\d.]+$/m, /^judge [0-9a-f]{12}: embedded/m, /^Stored in .*The page: /m];

const rows: readonly Row[] = [
  {
    row: "round",
    args: ["round", "--name=mine", "--rounds=2", ...training, ...evaluation.slice(0, 2)],
    prints: [
      ...[/^round 1 done: /m, /this student .*its teacher/i, ...student],
      ...[/^this student, round 1 +[\d.e+]+ \/ /m, /^round 2 done: /m, /^this student, round 2 +[\d.e+]+ \/ /m],
      /rounds 1 to 2 of mine are done; one more: --rounds=3\n$/,
    ],
  },
  {
    row: "the same command again",
    args: ["round", "--name=mine", "--rounds=2"],
    prints: [/^rounds 1 to 2 of mine are done; one more: --rounds=3\n$/],
  },
  {
    row: "round",
    args: ["round", "--name=mine", "--print-config"],
    prints: [/^\{\n.*"updates": 2,.*"steps": \[\s*2\s*\],\s*"samples": 8,.*\}\n$/s],
  },
  {
    row: "round",
    args: ["round", "--dry-run", "--gflops=100"],
    prints: [/^round: dry run, nothing is read or written$/m, /^FLOPs, total /m],
  },
  {
    row: "prepare",
    args: ["prepare", `--source=${texts}`, tokenizer, `--out=${at("prepared")}`],
    prints: [/^train +\d+ +\d+/m, /^all +40 /m],
  },
  {
    row: "pretrain",
    args: ["pretrain", "--name=teacher", `--source=${texts}`, "--vocab=260", ...tiny, ...training],
    prints: [/^done at update 2 of 2: .*round-0$/m],
  },
  {
    row: "round",
    args: ["round", "--name=own", `--teacher=${join(root, "runs/teacher")}`, ...training, ...evaluation.slice(0, 2)],
    prints: [/^this student, round 1 /m, ...student, /^teacher: teacher, round 0 /m],
    also() {
      const [made, learned] = ["own/round-1", "teacher/round-0"].map((run) => newestState(join(root, "runs", run)));
      expect(made?.corpusHash).toBe(learned?.corpusHash);
      expect(made?.text).toMatchObject({ source: texts });
    },
  },
  {
    row: "curve",
    args: ["curve", `--checkpoint=${join(mine, "round-2")}`, ...evaluation],
    prints: [
      /^gen-PPL, student, round 2, ema +[\d.]+ ± /m,
      /^student ÷ teacher /m,
      /^NFE, teacher /m,
      /^student: mine, round 2 \(ema/m,
    ],
  },
  {
    row: "core:export",
    args: ["core:export", `--checkpoint=${mine}`, `--out=${at("student")}`, "--format=mdlm"],
    prints: [/^mine, round 2 \(ema, its student\) [0-9a-f]{12} as mdlm, f32: /],
    also: () =>
      expect(readdirSync(at("student")).sort()).toEqual([
        ...["README.md", "config.json", "model.safetensors", "sdtt.json", "tokenizer.json"],
      ]),
  },
  {
    row: "import",
    args: ["import", `--source=${at("student")}`, `--out=${at("back")}`],
    prints: [/^exported from mine, round 2 [0-9a-f]{12}: the same weights, 2 ancestors$/m],
  },
  {
    row: "sample",
    args: [
      "sample",
      `--checkpoint=${at("back")}`,
      "--infill=And God said, [8] and it was so.",
      "--show-steps",
      "--steps=4",
    ],
    prints: [/^— mine, round 2 /m, /^— step [1-4] of 4$/m, /^And God said,.* and it was so\.$/m],
  },
  {
    row: "eval:report",
    args: ["eval:report", "--run=mine", "--only=curve", ...evaluation],
    prints: [/^Written to .*reports/m, /gen-ppl-retokenised@1/],
  },
  {
    row: "lambada",
    args: ["lambada", `--checkpoint=${mine}`, "--items=4", "--threads=1"],
    prints: [/^mine, round 2 \(ema, its student\)/m, /^last-word-accuracy@\d+ +\d/m],
  },
  {
    row: "plot",
    args: ["plot", `--out=${at("curve.svg")}`],
    prints: [/^.*curve\.svg\n$/],
    also: () => expect(readFileSync(at("curve.svg"), "utf8")).toContain("<svg"),
  },
  {
    row: "table",
    args: ["table", "--experiment=mine", `--out=${at("curve.md")}`],
    prints: [/^.*curve\.md\n$/],
    also: () => expect(readFileSync(at("curve.md"), "utf8")).toMatch(/^\| steps \| 2 \|\n.*\| round 2 \| [\d.]+ \[/s),
  },
];

/** Run to their end by tests of their own, or never: they wait, take minutes, or need a library. */
const elsewhere = new Set(["serve", "doctor", "tensorflow-setup", "parity", "bench"]);

function newestState(round: string): Readonly<Record<string, unknown>> {
  const [name = ""] = readdirSync(join(round, "checkpoints")).sort().slice(-1);
  return readCheckpointState(join(round, "checkpoints", name)).state;
}

/** What README's table says to type, row by row. */
function readmeRows(): string[] {
  const section = readme.slice(readme.indexOf("## Everyday commands"), readme.indexOf("## Sizes and times"));
  return section.split("\n").flatMap((line) => {
    const [, , type = ""] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? [];
    if (type.startsWith("the same command again")) return ["the same command again"];
    return [...type.matchAll(/`npx sdtt ([a-z:-]+)/g)].map(([, name]) => name as string);
  });
}

it("has README's rows in README's order", () => {
  expect(readmeRows().filter((name) => !elsewhere.has(name))).toEqual(rows.map(({ row }) => row));
  for (const name of elsewhere) expect(readmeRows()).toContain(name);
});

it("gives, row by row on one root, what a reader expects", async () => {
  for (const { args, prints, also } of rows) {
    const { code, stdout, stderr } = await sdtt(args, { cwd: folder, env: { SDTT_ROOT: root } });
    expect([code, args[0], code === 0 ? "" : stderr]).toEqual([0, args[0], ""]);
    for (const pattern of prints) expect(stdout, args.join(" ")).toMatch(pattern);
    also?.();
  }
  expect(readdirSync(join(root, "runs")).sort()).toEqual(["mine", "own", "teacher"]);
  expect(existsSync(join(folder, ".sdtt"))).toBe(false);
}, 600_000);

it("shows a library example that writes text", () => {
  const [, code = ""] = /```ts\n(.*?)```/s.exec(readme.slice(readme.indexOf("## As a library"))) ?? [];
  expect(code.trim().split("\n").length).toBeLessThan(12);
  const target = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const script = join(repository, "experiments/dist", `readme-${process.pid}.mjs`);
  writeFileSync(script, ts.transpileModule(code, { compilerOptions: target }).outputText);
  try {
    const said = execFileSync(process.execPath, [script], { encoding: "utf8", env: userEnvironment() });
    expect(said).toMatch(/\w{3,}.* \(\d+ evaluations\)\n$/s);
  } finally {
    rmSync(script);
  }
});

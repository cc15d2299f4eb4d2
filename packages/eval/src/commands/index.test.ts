/** @file The commands beside `curve` from end to end, on tiny random networks in a temporary folder. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { catchCommands, printed, rows, run, tiny } from "../cli.fixture.js";

catchCommands();

describe("frontier", () => {
  const frontierOf = (...more: string[]) =>
    run("frontier", `--judge=${tiny.judge}`, `--root=${tiny.root}`, "--samples=8", "--threads=1", ...more);

  it("prints the gain of a student over its teacher, or that no temperature reaches its entropy", async () => {
    const models = [`--checkpoint=${tiny.student}`, `--teacher=${tiny.teacher}`];
    expect(await frontierOf(...models, "--steps=4", "--temperatures=2,1,0.5")).toMatchObject({ code: 0 });
    expect(printed).toMatch(/\n4 +(outside|[\d.]+ \[[\d.]+, [\d.]+\] (better|worse|cannot tell)) /);
    const gain = String.raw`(outside|[\d.]+ \[[\d.]+, [\d.]+\] (better|worse|cannot tell))`;
    expect(printed).toMatch(new RegExp(`\ngain at 4 steps, entropy( +[\\d.]+)+\nround 1( +${gain})+\n`));
    const at = rows().evaluations.filter(({ metric, n }) => metric === "gen-ppl" && n === 8);
    expect(new Set(at.map(({ round, temperature }) => `${round} ${temperature}`))).toEqual(
      new Set([1, 0].flatMap((round) => [2, 1, 0.5].map((temperature) => `${round} ${temperature}`))),
    );
  });

  it("refuses a student without a teacher", async () => {
    const { code, errors } = await frontierOf(`--checkpoint=${tiny.teacher}`);
    expect([code, errors]).toEqual([
      1,
      expect.stringContaining("a student needs a teacher of its tokenizer, got none"),
    ]);
  });
});

describe("reference", () => {
  const referenceOf = (...more: string[]) =>
    run("reference", `--judge=${tiny.judge}`, `--root=${tiny.root}`, "--samples=9", "--threads=1", ...more);

  it("stores real text and the AR baseline without a step count, each in a run of its label, with all figures", async () => {
    expect(await referenceOf(`--checkpoint=${tiny.ar}`, "--sequences=4")).toMatchObject({ code: 0 });
    const { evaluations, runs } = rows();
    const labels = new Map(runs.map(({ id, config }) => [id, config.label]));
    const found = evaluations.filter(({ n }) => n === 9);
    const definitions = ["gen-ppl-raw-ids@1", "gen-ppl-retokenised@1", "distinct-1-words@1", "repeated-4-tokens@1"];
    for (const label of ["AR baseline", "real text"]) {
      const own = found.filter(({ runId }) => labels.get(runId) === label);
      expect(own.map(({ definition }) => definition)).toEqual(expect.arrayContaining(definitions));
      expect(new Set(own.map(({ definition }) => definition)).size).toBe(own.length);
      expect(own.every(({ steps }) => steps === null)).toBe(true);
    }
    expect(printed).toMatch(/\nreal text, gen-ppl-raw-ids@1 +[\d.e+]+ ± [\d.e+]+ +[\d.]+ ± [\d.]+\n/);
  });

  it("refuses a denoiser", async () => {
    const { code, errors } = await referenceOf(`--checkpoint=${tiny.teacher}`);
    expect([code, errors]).toEqual([1, expect.stringContaining("the baseline must read from left to right")]);
  });
});

describe("latency", () => {
  const latencyOf = (...more: string[]) =>
    run("latency", `--root=${tiny.root}`, "--steps=2,4", "--repeats=2", "--threads=1", ...more);

  it("stores a time for each step count and batch, and for the baseline", async () => {
    const models = [`--checkpoint=${tiny.teacher}`, `--ar=${tiny.ar}`];
    expect(await latencyOf(...models, "--batches=1,3")).toMatchObject({ code: 0 });
    const found = rows().evaluations.filter(({ metric }) => metric === "ms-per-sample");
    expect(found.map(({ batch, steps }) => `${batch} ${steps}`).sort()).toEqual([
      "1 2",
      "1 4",
      "1 null",
      "3 2",
      "3 4",
      "3 null",
    ]);
    expect(found.every(({ n, value }) => n === 2 && value > 0)).toBe(true);
    expect(rows().runs.map(({ stage }) => stage)).toContain("latency");
    expect(printed).toMatch(/\n1 +AR +[\d.]+ \([\d.]+ – [\d.]+\) +[\d.]+ +[\d.]+\n/);
    expect(printed.match(/[\d.]+×\n/g)).toHaveLength(4);
  });

  it.each([
    [["--sizes=169m", "--checkpoint=x"], "give --sizes or --checkpoint, one of them"],
    [["--sizes=170m"], "sizes"],
    [["--repeats=1"], "repeats"],
  ])("refuses %j", async (flags, message) => {
    const { code, errors } = await latencyOf(...flags);
    expect([code, errors.trim().split("\n").at(-1)]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe("lambada", () => {
  const lambadaOf = (...more: string[]) =>
    run("lambada", `--root=${tiny.root}`, "--engine=onnx", "--threads=1", ...more);

  it("scores the embedded set under its own name", async () => {
    const { code } = await lambadaOf(`--checkpoint=${tiny.teacher}`, "--items=12", "--times=2", "--words=8");
    expect(code).toBe(0);
    const found = rows().evaluations.filter(({ metric }) => metric.startsWith("last-word"));
    expect(found.map(({ metric, definition, n }) => [metric, definition, n]).sort()).toEqual([
      ["last-word-accuracy", "last-word-accuracy@2", 12],
      ["last-word-ppl-bound", "last-word-ppl-bound@3", 12],
    ]);
    expect(printed).toContain("last-word-accuracy@2");
    expect(printed).toMatch(/\n! \d+ of 12 passages of last-word cut from the left to 16 tokens\n/);
  });

  it("scores LAMBADA's format, and gives a causal model its likelihood, not a bound", async () => {
    const path = join(tiny.folder, "set.jsonl");
    writeFileSync(path, '{"text": "And God said light"}\n{"text": "the face of the deep"}\n');
    await lambadaOf(`--checkpoint=${tiny.ar}`, `--source=${path}`);
    const found = rows().evaluations.filter(({ metric }) => metric.startsWith("lambada"));
    expect(found.map(({ metric, steps }) => [metric, steps]).sort()).toEqual([
      ["lambada-accuracy", null],
      ["lambada-ppl", null],
    ]);
  });

  it("gives a bound without draws one row for every seed and number of draws, and keeps drawn ones apart", async () => {
    const rowsOf = async (checkpoint: string, words: readonly string[], ...flags: string[]) => {
      const path = join(tiny.folder, "words.jsonl");
      writeFileSync(path, words.map((word) => `${JSON.stringify({ text: `And God said ${word}` })}\n`).join(""));
      await lambadaOf(`--checkpoint=${checkpoint}`, `--source=${path}`, ...flags);
      return rows().evaluations.length;
    };
    const short = ["a", "I"];
    const exact = await rowsOf(tiny.teacher, short, "--times=2");
    expect(await rowsOf(tiny.teacher, short, "--times=3", "--seed=7")).toBe(exact);
    const long = ["a", "qzxjvkwbq"];
    const drawn = await rowsOf(tiny.teacher, long, "--times=3");
    expect(drawn).toBe(exact + 2);
    expect(await rowsOf(tiny.teacher, long, "--times=9")).toBe(drawn + 1);
    expect(await rowsOf(tiny.teacher, long, "--times=9", "--seed=7")).toBe(drawn + 2);
    const likelihoods = await rowsOf(tiny.ar, long, "--times=3");
    expect(await rowsOf(tiny.ar, long, "--times=9", "--seed=7")).toBe(likelihoods);
  });

  it("keeps what was found passage by passage, so that two models can be compared item by item", async () => {
    const path = join(tiny.folder, "items.jsonl");
    writeFileSync(
      path,
      '{"text": "And God said light"}\n{"text": "the face of the deep"}\n{"text": "one two three"}\n',
    );
    await lambadaOf(`--checkpoint=${tiny.teacher}`, `--source=${path}`);
    await lambadaOf(`--checkpoint=${tiny.ar}`, `--source=${path}`);
    const store = openStore(join(tiny.root, "sdtt.sqlite"), { readonly: true });
    const found = store.evaluations().filter(({ metric, n }) => metric.startsWith("lambada") && n === 3);
    const kept = found.map((row) => ({ row, kept: store.itemScores(row.key) }));
    store.close();
    expect(new Set(kept.map((one) => one.kept?.items)).size).toBe(1);
    for (const { row, kept: scores } of kept) {
      const mean = (scores?.sums ?? new Float64Array()).reduce((sum, x) => sum + x, 0) / 3;
      expect(row.metric.includes("ppl") ? Math.exp(mean) : mean).toBeCloseTo(row.value, 9);
    }
  });

  it("keeps figures of two files apart", async () => {
    const path = join(tiny.folder, "set2.jsonl");
    writeFileSync(path, '{"text": "And God said deep"}\n{"text": "the face of the light"}\n');
    const before = rows().evaluations.length;
    await lambadaOf(`--checkpoint=${tiny.ar}`, `--source=${path}`);
    expect(rows().evaluations.length).toBe(before + 2);
  });
});

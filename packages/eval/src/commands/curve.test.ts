/** @file `curve` from end to end, on tiny random networks in a temporary folder. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { float32, type TensorMap } from "@sdtt/core/base";
import { checkpointPath, loadCheckpoint, readCheckpointState, saveCheckpoint } from "@sdtt/core/checkpoint";
import { openStore } from "@sdtt/core/store";
import { trainTokenizer } from "@sdtt/core/text";
import { describe, expect, it } from "vitest";
import { catchCommands, forgetPrinted, printed, rows, run, tiny } from "../cli.fixture.js";
import { openCheckpoint } from "../record/checkpoint.js";
import { fewerSamplesAt, samplesAt } from "../samples/samplesAt.js";
import { writeJudge } from "../tiny.fixture.js";

catchCommands();

function samplesOf(key: string) {
  const store = openStore(join(tiny.root, "sdtt.sqlite"), { readonly: true });
  try {
    return store.samples(key);
  } finally {
    store.close();
  }
}

/** The same metric under another name. */
async function renamed(path: string): Promise<string> {
  const other = path.replace("vowels.", "letters.");
  writeFileSync(other, readFileSync(path, "utf8").replaceAll("vowels", "letters"));
  return other;
}

const curveOf = (...more: string[]) => {
  const fixed = ["--samples=5", "--sequences=4", "--keep=2", "--engine=onnx", "--threads=1"];
  return run(
    "curve",
    `--checkpoint=${tiny.student}`,
    `--judge=${tiny.judge}`,
    `--root=${tiny.root}`,
    ...fixed,
    ...more,
  );
};

const halved = (tensors: TensorMap): TensorMap =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      float32(
        shape,
        Float32Array.from(data, (x) => x / 2),
      ),
    ]),
  );

describe("curve", () => {
  it("stores student and teacher by both definitions, with samples, and prints them", async () => {
    const teacher = `--teacher=${tiny.teacher}`;
    expect(await curveOf(teacher, "--steps=4,2")).toMatchObject({ code: 0 });
    const { evaluations: all, runs } = rows();
    const evaluations = all.filter(({ metric }) => metric === "gen-ppl");
    const samples = evaluations.map(({ key }) => samplesOf(key));
    expect(new Set(all.map(({ metric }) => metric))).toEqual(
      new Set(["gen-ppl", "distinct-1", "distinct-2", "self-bleu", "repeated-4", "length"]),
    );
    expect(evaluations.map((e) => [e.round, e.steps, e.definition]).sort()).toEqual(
      [0, 1].flatMap((round) =>
        [2, 4].flatMap((steps) => ["gen-ppl-raw-ids@1", "gen-ppl-retokenised@1"].map((name) => [round, steps, name])),
      ),
    );
    for (const row of evaluations) {
      expect(row).toMatchObject({ metric: "gen-ppl", n: 5, seed: 1, temperature: 1 });
      expect(row.weights).toBe(row.round === 0 ? "raw" : "ema");
      expect(row.value).toBeGreaterThan(1);
      expect(row.stderr).toBeGreaterThan(0);
      expect(row.entropy).toBeLessThanOrEqual(Math.log(16) + 1e-12);
      expect(row.nfe).toBeLessThanOrEqual(row.steps as number);
    }
    expect(samples.every((kept) => kept.length === 2)).toBe(true);
    expect(samples[0]?.[0]?.ids).toHaveLength(16);
    expect(samples[0]?.[0]?.revealSteps?.every((step) => step >= 1 && step <= 4)).toBe(true);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      stage: "curve",
      status: "done",
      teacherHash: openCheckpoint(tiny.teacher, "raw").hash,
    });
    expect(printed).toMatch(/gen-PPL, teacher +[\d.e+]+ ± [\d.e+]+ +[\d.e+]+ ± [\d.e+]+\ngen-PPL, student, round 1/);
    expect(printed).toMatch(/student ÷ teacher +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+\n/);
    expect(printed).toMatch(/samples +5 +5\n/);
    expect(printed).toContain("npx nx run dashboard:serve");
    forgetPrinted();
    await curveOf("--teacher=none", "--steps=2", "--json");
    const { cells } = JSON.parse(printed);
    const definitions = ["gen-ppl", "gen-ppl"].map((metric) => ({ metric, steps: 2, n: 5 }));
    expect(cells).toMatchObject(definitions.map((cell) => ({ ...cell, label: expect.stringContaining("round 1") })));
  });

  it("takes the weights that a round calls its student, names them, and says when others are asked for", async () => {
    const flags = ["--teacher=none", "--steps=2"];
    const { hashes } = readCheckpointState(tiny.student);
    await curveOf(...flags);
    expect(printed).toContain(`student: student, round 1 (ema, its student) ${hashes.ema?.slice(0, 12)}`);
    expect(printed).toMatch(/judge [0-9a-f]{12}: .*judge\n/);
    await curveOf(...flags, "--weights=raw");
    expect(printed).toContain(`student: student, round 1 (raw, not its student (ema)) ${hashes.model.slice(0, 12)}`);
    const found = rows().evaluations.filter(({ steps, definition }) => steps === 2 && definition.startsWith("gen-ppl"));
    const kinds = new Map(found.map(({ subjectHash, weights }) => [subjectHash, weights]));
    expect(kinds.get(hashes.ema as string)).toBe("ema");
    expect(kinds.get(hashes.model)).toBe("raw");
  });

  it("never evaluates a half-done round as a round: it is labelled and stored as what it is", async () => {
    const folder = join(tiny.folder, "half/round-1");
    const { model, ema, state } = loadCheckpoint(tiny.student);
    const half = { ...state, run: "half", update: 5, updates: 20 };
    saveCheckpoint(checkpointPath(folder, 5), { model: { ...model }, ...(ema && { ema: halved(ema) }), state: half });
    await curveOf(`--checkpoint=${folder}`, "--teacher=none", "--steps=2", `--tokenizer=${tiny.student}`);
    expect(printed).toContain("gen-PPL, student, round-1 at update 5 of 20, ema");
    const [row] = rows().evaluations.filter(({ runId }) => runId.startsWith("half/"));
    expect(row).toBeUndefined();
    const store = openStore(join(tiny.root, "sdtt.sqlite"), { readonly: true });
    const kept = store.evaluations({ control: "unfinished" });
    store.close();
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every(({ runId }) => runId.startsWith("half/"))).toBe(true);
  });

  it("has the comparison at equal entropy, with steps and NFE, as soon as the teacher's temperatures are stored", async () => {
    const [student, teacher] = [`--checkpoint=${tiny.student}`, `--checkpoint=${tiny.teacher}`];
    // The weights that the student descends from.
    const control = ["--teacher=none", "--weights=raw", "--steps=2,4,8"];
    const root = `--root=${join(tiny.folder, "compared")}`;
    const flags = [`--judge=${tiny.judge}`, root, "--samples=8", "--engine=onnx", "--threads=1"];
    const own = (...more: string[]) =>
      run("curve", student, `--teacher=${tiny.teacher}`, "--steps=2,4", ...flags, ...more);
    expect((await own()).code).toBe(0);
    expect(printed).toContain("no comparison at equal entropy yet: npx sdtt frontier --checkpoint=");
    for (const temperature of [1.3, 0.7]) {
      const drawn = await run("curve", teacher as string, ...control, `--temperature=${temperature}`, ...flags);
      expect(drawn.code).toBe(0);
    }
    forgetPrinted();
    expect((await own()).code).toBe(0);
    expect(printed).toMatch(/gain at matched entropy +(outside|\d\.\d\d \[\d\.\d\d, \d\.\d\d\]) /);
    expect(printed).toMatch(/teacher steps for the same text +(outside|[<>]? ?[\d.]+ \[.*\])/);
  });

  it("gives few-step cells more samples, unless told how many", () => {
    expect([1, 4, 8, 16, 32, 64, 1024].map((steps) => samplesAt(steps))).toEqual([512, 512, 256, 128, 64, 32, 32]);
    expect([4, 64].map((steps) => samplesAt(steps, 10))).toEqual([10, 10]);
    expect([1, 4, 8, 16, 32, 64].map((steps) => fewerSamplesAt(steps))).toEqual([256, 256, 128, 64, 32, 32]);
  });

  it("repeats no cell that the store has, and evaluates what is new", async () => {
    const teacher = `--teacher=${tiny.teacher}`;
    await curveOf(teacher, "--steps=2,4");
    const before = rows().evaluations;
    await curveOf(teacher, "--steps=2,4,8", "--sequences=3");
    const after = rows().evaluations;
    const created = (row: (typeof after)[number]) => [row.key, row.wallMs];
    expect(after.filter(({ steps }) => steps !== 8).map(created)).toEqual(before.map(created));
    expect(after.filter(({ steps, metric }) => steps === 8 && metric === "gen-ppl")).toHaveLength(4);
  });

  it("measures a metric that comes later from the kept samples, draws nothing for it, and calls no cell unfinished", async () => {
    const root = join(tiny.folder, "later");
    const flags = ["--teacher=none", "--steps=4,2", `--root=${root}`];
    await curveOf(...flags);
    const path = join(tiny.folder, "vowels.metric.mjs");
    writeFileSync(
      path,
      `export default {
        needs: "samples",
        figures: [{ name: "vowels", version: 3, what: "vowels a sample", unit: "letters", scale: "linear",
          better: "higher", errorOver: "samples" }],
        measure({ samples }) {
          const counts = samples.map(({ text }) => (text.match(/[aeiou]/g) ?? []).length);
          return { vowels: { value: counts.reduce((a, b) => a + b, 0) / counts.length, stderr: 0 } };
        },
      };`,
    );
    const before = rows(root).evaluations;
    const files = () => readdirSync(join(root, "samples")).map((name) => statSync(join(root, "samples", name)).mtimeMs);
    const drawn = files();
    forgetPrinted();
    await curveOf(...flags, `--metrics=${path}`);
    expect(printed).not.toContain("steps/s");
    expect(files()).toEqual(drawn);
    const after = rows(root).evaluations;
    expect(after.filter(({ key }) => before.some((row) => row.key === key))).toEqual(before);
    const added = after.filter(({ metric }) => metric === "vowels");
    expect(added.map(({ definition, steps, n }) => [definition, steps, n])).toEqual([
      ["vowels@3", 2, 5],
      ["vowels@3", 4, 5],
    ]);
    expect(added.every(({ value }) => value > 0)).toBe(true);
    const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
    expect(store.definitions().find(({ metric }) => metric === "vowels")).toMatchObject({ better: "higher" });
    expect(store.definitions().find(({ metric }) => metric === "self-bleu")).toMatchObject({ dependsOnN: true });
    store.close();
    rmSync(join(root, "samples"), { recursive: true });
    await curveOf("--teacher=none", "--steps=4,2", `--root=${root}`, `--metrics=${await renamed(path)}`);
    expect(rows(root).evaluations).toEqual(after);
    expect(existsSync(join(root, "samples"))).toBe(false);
  });

  it("keeps samplers and top-p apart, in keys, rows and what is printed", async () => {
    const flags = ["--teacher=none", "--steps=4"];
    await curveOf(...flags);
    const { length } = rows().evaluations;
    await curveOf(...flags, "--sampler=ancestral", "--top-p=1");
    expect(rows().evaluations).toHaveLength(length);
    await curveOf(...flags, "--sampler=threshold:0.5", "--top-p=0.9", "--warnings");
    const added = rows().evaluations.filter(({ sampler }) => sampler === "threshold:0.5");
    expect(added.map(({ topP, metric }) => [topP, metric])).toContainEqual([0.9, "gen-ppl"]);
    expect(rows().evaluations).toHaveLength(length + added.length);
    expect(printed).toContain("top-p 0.9, threshold:0.5");
    expect(printed).toContain("suspicious: top-p 0.9 sharpens");
  });

  it("gives the first steps to another student: rows of their own, and the same text where it is the same student", async () => {
    const flags = ["--teacher=none", "--steps=4"];
    await curveOf(...flags);
    const before = rows().evaluations;
    const values = (of: (sampler: string | null) => boolean) =>
      rows()
        .evaluations.filter(({ steps, definition, topP }) => steps === 4 && definition === "gen-ppl-raw-ids@1" && !topP)
        .flatMap(({ sampler, round, referenceHash, value }) =>
          of(sampler) && round === 1 ? [{ referenceHash, value }] : [],
        );
    const plain = values((sampler) => sampler === null);
    const scheduled = () => values((sampler) => sampler?.includes("first 0.5 by") === true);
    await curveOf(...flags, `--early=${tiny.student}`);
    expect(plain).toEqual(expect.arrayContaining(scheduled()));
    expect(scheduled()).toHaveLength(1);
    await curveOf(...flags, `--early=${tiny.teacher}`);
    expect(new Set(scheduled().map(({ value }) => value)).size).toBe(2);
    expect(rows().evaluations.filter(({ key }) => before.some((row) => row.key === key))).toEqual(before);
    expect(printed).toMatch(/gen-PPL, student, round 1, ema, first 0\.5 by [0-9a-f]{12} /);
  });

  it("judges kept samples by another judge without drawing them again", async () => {
    const flags = ["--teacher=none", "--steps=4"];
    await curveOf(...flags);
    const judge = join(tiny.folder, "second-judge");
    writeJudge(judge, tiny.tokenizer, 24, 77);
    await curveOf(...flags, `--judge=${judge}`);
    const found = rows().evaluations.filter(
      (e) => e.steps === 4 && e.definition === "gen-ppl-raw-ids@1" && e.round === 1,
    );
    const judges = found.filter(({ sampler }) => sampler === null);
    expect(judges).toHaveLength(2);
    expect(judges[0]?.wallMs).toBe(judges[1]?.wallMs);
    expect(judges[0]?.value).not.toBeCloseTo(judges[1]?.value as number, 3);
  });

  it("finds the teacher by the student's lineage once the store knows it", async () => {
    const sizes = ["--steps=2", "--samples=5"];
    await run("curve", `--checkpoint=${tiny.teacher}`, `--judge=${tiny.judge}`, `--root=${tiny.root}`, ...sizes);
    forgetPrinted();
    await curveOf("--steps=2");
    expect(printed).toContain("gen-PPL, teacher");
  });

  it("gives the same figures for other batches", async () => {
    const root = join(tiny.folder, "other");
    await curveOf("--steps=4", "--teacher=none");
    await curveOf("--steps=4", "--teacher=none", `--root=${root}`, "--sequences=2");
    const [one, other] = [rows().evaluations, rows(root).evaluations];
    for (const { key, value, entropy } of other) {
      const same = one.find((row) => row.key === key);
      expect(same?.value).toBeCloseTo(value, 3);
      expect(same?.entropy).toBeCloseTo(entropy as number, 6);
    }
  });

  it("takes the newest checkpoint of a round's folder, and EMA weights when asked", async () => {
    const folder = join(tiny.folder, "round-1");
    const { tensors, hash, weights } = openCheckpoint(tiny.student, "ema");
    const { state } = loadCheckpoint(tiny.student);
    for (const update of [10, 20]) {
      const place = join(folder, "checkpoints", `update-${String(update).padStart(8, "0")}`);
      saveCheckpoint(place, { model: tensors, state: { ...state, update } });
    }
    const found = openCheckpoint(folder, "raw");
    expect([found.update, found.hash, weights]).toEqual([20, hash, "ema"]);
    expect(() => openCheckpoint(folder, "ema")).toThrow("there must be EMA weights, got raw ones only");
  });

  it.each([
    [["--steps=0"], "steps"],
    [["--steps="], "steps"],
    [["--samples=1"], "samples"],
    [["--temperature=0"], "temperature"],
    [["--sampler=ancestrel"], "must be one of ancestral"],
    [["--top-p=0"], "top-p must be more than 0"],
    [["--stepz=4"], "--steps"],
    [["--judge=nowhere"], "config.json must be readable JSON"],
    [["--teacher=nowhere"], "state.json must be readable"],
  ])("refuses %j in one line and stores nothing", async (flags, message) => {
    const root = join(tiny.folder, "refused");
    const { code, errors } = await curveOf("--teacher=none", `--root=${root}`, ...(flags as string[]));
    expect([code, errors.trim().split("\n").at(-1)]).toEqual([1, expect.stringContaining(message as string)]);
    expect(() => rows(root)).toThrow();
  });

  it("refuses a model that reads from left to right, and a tokenizer of another hash", async () => {
    const causal = await curveOf(`--checkpoint=${tiny.ar}`, "--teacher=none");
    expect([causal.code, causal.errors]).toEqual([1, expect.stringContaining("sampling in steps needs a denoiser")]);
    const place = join(tiny.folder, "other-tokenizer");
    mkdirSync(place, { recursive: true });
    trainTokenizer(["of quite another text, line upon line, ".repeat(40)], 265).save(join(place, "tokenizer.json"));
    const other = await curveOf(`--tokenizer=${place}`, "--teacher=none");
    expect([other.code, other.errors]).toEqual([
      1,
      expect.stringContaining("the tokenizer must be the one it was trained"),
    ]);
  });
});

/** @file `curve` from end to end, on tiny random networks in a temporary folder. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { float32, type TensorMap } from "@sdtt/core/base";
import { checkpointPath, loadCheckpoint, readCheckpointState, saveCheckpoint } from "@sdtt/core/checkpoint";
import { openStore } from "@sdtt/core/store";
import { trainTokenizer } from "@sdtt/core/text";
import { describe, expect, it } from "vitest";
import { catchCommands, curveOf, forgetPrinted, printed, rows, run, tiny } from "../cli.fixture.js";
import { openCheckpoint } from "../record/checkpoint.js";

catchCommands();

function samplesOf(key: string) {
  const store = openStore(join(tiny.root, "sdtt.sqlite"), { readonly: true });
  try {
    return store.samples(key);
  } finally {
    store.close();
  }
}

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

  it("finds the teacher by the student's lineage once the store knows it", async () => {
    const sizes = ["--steps=2", "--samples=5"];
    await run("curve", `--checkpoint=${tiny.teacher}`, `--judge=${tiny.judge}`, `--root=${tiny.root}`, ...sizes);
    forgetPrinted();
    await curveOf("--steps=2");
    expect(printed).toContain("gen-PPL, teacher");
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

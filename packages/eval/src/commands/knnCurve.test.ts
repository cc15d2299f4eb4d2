/** @file `curve` of a sampler that looks into a datastore: its rows say which, and other weights' are refused. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "@sdtt/core/engine";
import { buildDatastore, openDenoiser } from "@sdtt/core/sampler";
import { prepareShards } from "@sdtt/core/text";
import { expect, it } from "vitest";
import { catchCommands, curveOf, rows, run, tiny } from "../cli.fixture.js";
import { openCheckpoint } from "../record/checkpoint.js";

catchCommands();

/** A datastore of the tiny teacher. */
async function built(keys: number): Promise<string> {
  const { hash, model, tensors } = openCheckpoint(tiny.teacher);
  const engine = await openEngine("onnx", { threads: 1 });
  const own = openDenoiser(engine, model, tensors);
  const folder = join(tiny.root, "datastores", String(keys));
  const text = {
    rows: 4,
    at: (row: number) => Int32Array.from({ length: 16 }, (_, j) => (7 * row + 3 * j) % own.maskId),
  };
  const settings = { ...{ keys, perRow: 8, merge: 0, seed: 1, sequences: 4 }, checkpoint: hash, corpusHash: "text" };
  await buildDatastore(engine, own, text, folder, settings);
  own.dispose();
  return folder;
}

const knn = (sampler: string, datastore: string, checkpoint = tiny.teacher) =>
  curveOf(
    ...[`--checkpoint=${checkpoint}`, "--teacher=none", "--steps=4"],
    ...[`--sampler=${sampler}`, `--datastore=${datastore}`],
  );

it("knows rows by the datastore that was looked into; with λ = 0 they are ancestral ones", async () => {
  const [small, large] = [await built(64), await built(96)];
  for (const folder of [small, large]) expect(await knn("knn:0.9:0", folder)).toMatchObject({ code: 0 });
  await knn("knn:0", small);
  await curveOf(`--checkpoint=${tiny.teacher}`, "--teacher=none", "--steps=4");
  const found = rows().evaluations.filter(({ definition }) => definition === "gen-ppl-retokenised@1");
  const of = (prefix: string) => found.filter(({ sampler }) => (sampler ?? "ancestral").startsWith(prefix));
  const mixed = of("knn:0.9:0, from ").map(({ sampler }) => sampler);
  expect(new Set(mixed).size).toBe(2);
  expect(mixed.every((sampler) => /, from [0-9a-f]{12}$/.test(sampler as string))).toBe(true);
  expect(of("knn:0:2, ").map(({ value }) => value)).toEqual(of("ancestral").map(({ value }) => value));
  expect(of("knn:0.9:0").some(({ value }) => value === of("ancestral")[0]?.value)).toBe(false);
});

it("refuses a datastore of other weights, one beside a teacher, and a sampler that has none to look into", async () => {
  const folder = await built(64);
  const errors = async (...asked: Parameters<typeof knn>) => (await knn(...asked)).errors;
  expect(await errors("knn", folder, tiny.student)).toContain(
    "its keys must be states of the weights that are sampled",
  );
  expect(await errors("spaced", folder)).toContain(
    "knn looks into a datastore, and no other sampler does, got --sampler=spaced",
  );
  const beside = ["--teacher=auto", "--steps=4", "--sampler=knn", `--datastore=${folder}`];
  expect((await curveOf("--weights=ema", ...beside)).errors).toContain("its keys must be states of the weights");
  expect((await curveOf(`--checkpoint=${tiny.teacher}`, "--teacher=none", "--sampler=knn")).errors).toContain(
    "Give both",
  );
});

it("stores the bound of held-out rows with and without a datastore, each by how it was asked", async () => {
  const [source, data] = [join(tiny.folder, "text.jsonl"), join(tiny.folder, "data")];
  const line = (i: number) => `And God called the ${i}. light Day, and the darkness he called Night ${i * i}.`;
  const documents = Array.from({ length: 400 }, (_, i) => JSON.stringify({ text: line(i) }));
  writeFileSync(source, documents.join("\n"));
  await prepareShards({ source, tokenizer: tiny.tokenizer, out: data, workers: 1 });
  const of = [`--checkpoint=${tiny.teacher}`, `--data=${data}`, `--corpus=${source}`, `--root=${tiny.root}`];
  const small = ["--keys=32", "--blocks=3", "--times=2", "--samples=0", "--threads=1", "--entropy=0"];
  expect(await run("datastore", ...of, ...small, "--lambda=0.9")).toMatchObject({ code: 0 });
  const found = rows().evaluations.filter(({ metric }) => metric === "held-out-bound");
  expect(found.map(({ sampler, n, steps }) => [sampler, n, steps])).toEqual(
    expect.arrayContaining([
      [null, 3, null],
      [expect.stringMatching(/^knn:0.9:0, from [0-9a-f]{12}$/), 3, null],
    ]),
  );
  expect(found).toHaveLength(2);
  expect(found[0]?.value).not.toBeCloseTo(found[1]?.value as number, 3);
});

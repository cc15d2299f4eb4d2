/**
 * @file The chain that makes the assets, in its shortened form, on a small text: what it leaves is what the project reads.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCheckpoint, weightsHash } from "@sdtt/core/checkpoint";
import { runCli } from "@sdtt/core/cli";
import { addKnown, openStore, readKnown } from "@sdtt/core/store";
import { roundAssets, storePath } from "@sdtt/core/workspace";
import { story } from "@sdtt/eval/commands";
import { readJudge } from "@sdtt/eval/judge";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandWithoutPlaces, withoutPlaces } from "../files/places.js";
import { begunFrom, type Card, otherOptions } from "./card.js";
import { embedded } from "./embedded.js";
import { short, whole } from "./recipes.js";
import { cellOf, samples } from "./samples.js";
import { controlStages, firstStages, otherSeedStages, pretrainStage, wordStages } from "./stages.js";

const folder = mkdtempSync(join(tmpdir(), "embedded-"));
const [root, out, source] = ["root", "assets", "text"].map((name) => join(folder, name)) as [string, string, string];
const args = ["embedded", "--short", `--source=${source}`, `--root=${root}`, `--out=${out}`, "--threads=1"];
const silent = { out: { write: () => {} }, err: { write: () => {} } };
/** What a command prints. */
async function said(
  program: string,
  command: Parameters<typeof runCli>[1][number],
  ...argv: string[]
): Promise<string> {
  let text = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((some) => {
    text += some;
    return true;
  });
  let errors = "";
  const sinks = { ...silent, err: { write: (some: string) => (errors += some) } };
  const code = await runCli(program, [command], argv, sinks).finally(() => write.mockRestore());
  expect([code, code === 0 ? "" : errors]).toEqual([0, ""]);
  return text;
}
const cardOf = (name: string): Card => JSON.parse(readFileSync(join(out, name, "card.json"), "utf8"));

beforeAll(async () => {
  mkdirSync(source);
  const words = "and the light was good over water earth day night let there be dry land grass seed tree fruit".split(
    " ",
  );
  for (let i = 0; i < 80; i++) {
    const text = Array.from({ length: 150 }, (_, k) => words[(i * 7 + k * k * 3 + k) % words.length]).join(" ");
    writeFileSync(join(source, `${i}.txt`), text);
  }
  expect(await runCli("experiments", [embedded], args, silent)).toBe(0);
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("the assets", () => {
  it("are what their cards say: weights by hash, and no farther from what was trained than packing may be", () => {
    for (const name of ["teacher", "ar", "round-1", "round-2"]) {
      const { model, hash } = loadCheckpoint(join(out, name));
      const card = cardOf(name);
      expect([name, card.hash, weightsHash(model)]).toEqual([name, hash, hash]);
      expect(card.packing).toBe(name.startsWith("round") ? "delta" : "half");
      expect(Math.abs(card.validation.shipped - card.validation.trained)).toBeLessThan(5e-3);
    }
    expect(readJudge(join(out, "judge")).model).toMatchObject({ kind: "gpt2", width: 16 });
    expect(cardOf("judge").validation.definition).toBe("next-token-nll@1");
    expect(cardOf("round-1").validation.definition).toBe("nelbo@2");
  });

  it("have students that descend from the teacher that ships", () => {
    const teacher = loadCheckpoint(join(out, "teacher")).hash;
    const students = roundAssets(out).map(({ round, path }) => [round, loadCheckpoint(path).state]);
    expect(students).toEqual([
      [1, expect.objectContaining({ round: 1, lineage: [teacher] })],
      [2, expect.objectContaining({ round: 2, lineage: [teacher, cardOf("round-1").trainedHash] })],
    ]);
  });

  it("name no place of the machine that made them", () => {
    for (const name of ["teacher", "ar", "judge", "round-1"]) {
      expect(readFileSync(join(out, name, "card.json"), "utf8")).not.toContain(folder);
    }
    expect(readFileSync(join(out, "teacher/state.json"), "utf8")).not.toContain(folder);
    expect(readFileSync(join(out, "known.json"), "utf8")).not.toContain(folder);
  });

  it("come with figures of what ships, which any store takes over: of teacher, its temperatures, students, AR and text", () => {
    const known = readKnown(join(out, "known.json"));
    const store = openStore(join(folder, "new.sqlite"));
    expect(known && addKnown(store, known)).toBeGreaterThan(20);
    const cells = (name: string, temperature = 1) =>
      store
        .evaluations({ subjectHash: loadCheckpoint(join(out, name)).hash, metric: "gen-ppl" })
        .filter((row) => row.temperature === temperature)
        .map(({ steps }) => steps);
    expect([cells("teacher"), cells("teacher", 0.9), cells("round-2")]).toEqual([
      [2, 4],
      [2, 4],
      [2, 4],
    ]);
    expect(cells("ar")).toEqual([null]);
    const line = store.lineage(loadCheckpoint(join(out, "round-2")).hash).map(({ round }) => round);
    expect(line).toEqual([2, 1, 0]);
    expect(store.runs().map(({ name }) => name)).toContain("real text");
    store.close();
  });

  it("write side by side as Markdown: the teacher with all steps, the last student with few, the teacher with as few and guidance, AR; the same for one seed", async () => {
    const table = () =>
      said("experiments", samples, "samples", `--assets=${out}`, "--count=1", "--characters=20", "--threads=1");
    const text = await table();
    expect(text).toMatch(
      /^\| teacher, 16 steps \| round 2, 1 steps \| teacher, 1 steps, guided from coarse to fine \| AR baseline, 15 steps \|\n\| --- \| --- \| --- \| --- \|\n\| .* \| .* \| .* \| .* \|\n\nSeed 1, /,
    );
    expect(await table()).toBe(text);
  }, 300_000);

  it("stand beside a student of one's own in its story, which samples that student alone", async () => {
    const own = join(root, "runs/students/round-2");
    const flags = [
      `--root=${join(folder, "story")}`,
      `--tokenizer=${join(out, "teacher/tokenizer.json")}`,
      `--judge=${join(out, "judge")}`,
      `--corpus=${source}`,
      "--threads=1",
    ];
    const args = [
      `--checkpoint=${own}`,
      `--teacher=${join(out, "teacher")}`,
      `--shipped=${out}`,
      "--steps=2,4",
      "--samples=8",
    ];
    const text = await said("eval", story, "story", ...args, ...flags);
    const cell = String.raw` +[\d.e+]+ \/ \d\.\d\d`;
    const ordered = ["teacher, coarse to fine", "round 2, coarse to fine", "teacher, guided, τ = 0.9"];
    for (const name of ["teacher", "this student, round 2", "round 1, ships", "round 2, ships", ...ordered]) {
      expect(text).toMatch(new RegExp(`\n${name}(${cell}){2} +–\n`));
    }
    for (const name of ["AR baseline", "real text"]) expect(text).toMatch(new RegExp(`\n${name}( +–){2}${cell}\n`));
    expect(text).toMatch(/^\nWith 2 steps, 8 tokens at once, this student /);
  }, 300_000);

  it("are not made again by the same command", async () => {
    const bytesOf = (name: string) => readFileSync(join(out, name, "state.json"));
    const points = () => {
      const store = openStore(storePath(root), { readonly: true });
      const runs = ["ar/round-0", "teacher/round-0", "judge/round-0", "students/round-1", "students/round-2"];
      const found = runs.map((id) => store.trainPoints(id));
      store.close();
      return found;
    };
    const before = [points(), cardOf("round-2"), bytesOf("teacher"), bytesOf("round-2")];
    expect(await runCli("experiments", [embedded], [...args, "--only=ar,teacher,judge,rounds"], silent)).toBe(0);
    expect([points(), cardOf("round-2"), bytesOf("teacher"), bytesOf("round-2")]).toEqual(before);
  }, 900_000);
});

it("the whole is the same chain of commands as the shortened form", () => {
  const place = { root: "R", out: "O", source: "embedded" };
  const stages = (recipe: typeof short) => [
    ...firstStages(recipe, place),
    ...wordStages(recipe, place),
    ...controlStages(recipe, place, 1, 0.9),
    ...otherSeedStages(recipe, place, [0.9]),
  ];
  const names = (recipe: typeof short) => stages(recipe).map(({ program, args: [name] }) => `${program} ${name}`);
  const distinct = (recipe: typeof short) => [...new Set(names(recipe))];
  expect(distinct(whole)).toEqual(distinct(short));
  for (const name of ["ar", "teacher", "judge"] as const) {
    expect(pretrainStage(name, whole, place).args.slice(0, 2)).toEqual(
      pretrainStage(name, short, place).args.slice(0, 2),
    );
  }
});

it("a card's command and options are without paths, and with everything else", () => {
  expect(commandWithoutPlaces("distill pretrain --root=/home/me/x --seed=3 --data=.sdtt/d --source=embedded")).toBe(
    "distill pretrain --seed=3 --source=embedded",
  );
  expect(withoutPlaces({ root: "/home/me", seed: 3, source: "embedded", data: "../d" })).toEqual({
    seed: 3,
    source: "embedded",
  });
});

it("a cell of Markdown is one line that is shown as it was written, cut at a word", () => {
  expect(cellOf("and the\n  light | was *good*", 100)).toBe("and the light \\| was \\*good\\*");
  expect(cellOf("and the light was", 9)).toBe("and the …");
  expect(cellOf("<|endoftext|>and<|endoftext|>the light", 100)).toBe("and ¶ the light");
});

it("a card says from what training began, and what a run was made with is held against the recipe", () => {
  expect(begunFrom({ init: "/home/me/.sdtt/embedded/runs/ar/round-0" })).toBe("ar, round 0");
  expect(begunFrom({})).toBeUndefined();
  const config = { lr: 0.003, masking: "masked-mean", weightDecay: 0.1, updates: 20 };
  const args = ["pretrain", "--name=x", "--lr=0.003", "--weight-decay=0.01", "--masking=masked-mean", "--updates=30"];
  expect(otherOptions(args, config)).toEqual(["weightDecay 0.1 (recipe: 0.01)", "updates 20 (recipe: 30)"]);
});

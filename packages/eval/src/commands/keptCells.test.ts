/** @file What the store and the kept samples have is neither drawn nor measured again, and batches change no figure. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { expect, it } from "vitest";
import { catchCommands, curveOf, forgetPrinted, printed, rows, tiny } from "../cli.fixture.js";
import { writeJudge } from "../tiny.fixture.js";

catchCommands();

/** The same metric under another name. */
async function renamed(path: string): Promise<string> {
  const other = path.replace("vowels.", "letters.");
  writeFileSync(other, readFileSync(path, "utf8").replaceAll("vowels", "letters"));
  return other;
}

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

it("measures a metric that comes later from the kept samples, draws nothing for it, and calls no cell unfinished; draws again where it is asked to", async () => {
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
  const letters = ["--teacher=none", "--steps=4,2", `--root=${root}`, `--metrics=${await renamed(path)}`];
  await curveOf(...letters);
  expect(rows(root).evaluations).toEqual(after);
  expect(existsSync(join(root, "samples"))).toBe(false);

  // Asked to, it draws the same samples again, for what is lacking alone.
  await curveOf(...letters, "--again");
  const again = rows(root).evaluations;
  expect(again.filter(({ metric }) => metric !== "letters")).toEqual(after);
  const [found, known] = ["letters", "vowels"].map((name) => again.filter(({ metric }) => metric === name));
  expect(found?.map(({ steps, value }) => [steps, value])).toEqual(known?.map(({ steps, value }) => [steps, value]));
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

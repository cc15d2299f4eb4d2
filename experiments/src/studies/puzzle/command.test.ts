/**
 * @file The whole study, shortened: trained, measured and written in one command, and gone on with by the same.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "@sdtt/core/cli";
import { openStore } from "@sdtt/core/store";
import { storePath } from "@sdtt/core/workspace";
import { afterAll, expect, it } from "vitest";
import { puzzle } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "puzzle-"));
afterAll(() => rmSync(folder, { recursive: true }));

const short = [
  ...["puzzle", "--puzzles=latin3", "--seeds=1", "--updates=12", "--round-updates=6", "--width=16", "--blocks=1"],
  ...["--heads=2", "--steps=1,4", "--samples=64", "--samplers=ancestral,top-k", "--engine=onnx", "--threads=1"],
];

async function run(root: string, ...more: string[]): Promise<string> {
  let out = "";
  const sink = { write: () => {} };
  const options = { out: { write: (text: string) => (out += text) }, err: sink };
  expect(await runCli("experiments", [puzzle], [...short, `--root=${root}`, ...more], options)).toBe(0);
  return out;
}

function rowsIn(root: string) {
  const store = openStore(storePath(root), { readonly: true });
  const rows = store.evaluations({ experiment: "puzzle-latin3", sampler: "any" });
  const points = ["0", "1", "2"].map((round) => store.trainPoints(`latin3-seed-1/round-${round}`).length);
  store.close();
  return { points, rows: rows.map(({ createdAt: _, wallMs: __, runId: ___, ...row }) => row) };
}

it("trains, measures and writes its page, and a study that is lengthened ends as one that was so long, without doing anything twice", {
  timeout: 600_000,
}, async () => {
  const [whole, pieces] = ["whole", "pieces"].map((name) => join(folder, name)) as [string, string];
  await run(whole, "--rounds=2");
  await run(pieces, "--rounds=0");
  expect(rowsIn(pieces).points).toEqual([12, 0, 0]);
  await run(pieces, "--rounds=2");
  expect(rowsIn(whole).points).toEqual([12, 6, 6]);
  expect(rowsIn(pieces)).toEqual(rowsIn(whole));
  // 3 models: 1 excess, 2 samplers × 2 step counts × (validity, coverage), 2 exact.
  expect(rowsIn(whole).rows).toHaveLength(3 * (1 + 2 * 2 * 2 + 2));

  const page = readFileSync(join(whole, "report/puzzle.md"), "utf8");
  expect(page).toContain("Latin squares of order 3: 12 rows of 9 tokens out of 3");
  for (const label of ["perfect teacher, exact", "teacher, top-k", "round 2"]) expect(page).toContain(`| ${label} |`);
  // 12/3⁹: one step draws every cell on its own.
  expect(page).toMatch(/\| perfect teacher, exact \| 0\.06 \|/);
  expect(existsSync(join(whole, "report/latin3.svg"))).toBe(true);

  const before = rowsIn(whole);
  await run(whole, "--rounds=2");
  expect(rowsIn(whole)).toEqual(before);
});

it("refuses to go on with another recipe under the same root", async () => {
  let err = "";
  const root = join(folder, "recipe");
  await run(root, "--rounds=0");
  const args = [...short, "--rounds=0", "--lr=0.5", `--root=${root}`];
  const sink = { out: { write: () => {} }, err: { write: (text: string) => (err += text) } };
  expect(await runCli("experiments", [puzzle], args, sink)).toBe(1);
  expect(err).toContain("a run must be resumed with the options it began with, got lr 0.004 → 0.5.");
});

it("a student that is told noise is measured by its own draws alone, and needs ids to be told it by", async () => {
  const root = join(folder, "coupled");
  await run(root, "--rounds=1", "--objective=coupling", "--bins=12");
  // The teacher as ever; of the student, two step counts × (validity, coverage).
  expect(rowsIn(root).rows).toHaveLength(1 + 2 * 2 * 2 + 2 + 2 * 2);
  let err = "";
  const sink = { out: { write: () => {} }, err: { write: (text: string) => (err += text) } };
  expect(await runCli("experiments", [puzzle], [...short, "--objective=coupling", `--root=${root}`], sink)).toBe(1);
  expect(err).toContain("coupled draws must have ids to tell noise by, got --bins=0");
}, 600_000);

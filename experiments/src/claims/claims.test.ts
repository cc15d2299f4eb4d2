/**
 * @file Every number in a claim is made again from what is in the repository: rows of the default experiment, and its complete
 * evaluation. Written anew by `npx nx run experiments:default --report-only`, or here by UPDATE_CLAIMS=1.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluationIn, type Report, reportOf, sourceOf, withFigures, withHeadline } from "../default/report.js";
import { repository } from "../programs.js";
import { claimsOf, fillClaims, type Source, unsourced } from "./claims.js";
import { readKept, storeOfKept } from "./kept.js";

const at = (path: string) => join(repository, path);
const read = (path: string) => readFileSync(at(path), "utf8");
const documents = execFileSync("git", ["ls-files", "*.md"], { cwd: repository, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(at(path)));

const folder = mkdtempSync(join(tmpdir(), "claims-"));
let store: Store;
let report: Report;
let source: Source;
/** What a document must say. */
const made = (path: string): string => {
  const text = read(path);
  if (path === "README.md") return withHeadline(text, report, source);
  if (path === "experiments/README.md") return withFigures(text, report, "default", source);
  return fillClaims(text, source);
};

beforeAll(() => {
  store = storeOfKept(readKept(at("experiments/default.json")), join(folder, "sdtt.sqlite"));
  report = reportOf(store, "default");
  source = sourceOf(report.tables, evaluationIn(at("experiments")));
  if (!process.env.UPDATE_CLAIMS) return;
  for (const path of documents) if (made(path) !== read(path)) writeFileSync(at(path), made(path));
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

describe("numbers in sentences", () => {
  it("are there: the first page and the experiments make claims", () => {
    expect(claimsOf(read("README.md"), source).length).toBeGreaterThan(0);
    expect(claimsOf(read("experiments/README.md"), source).length).toBeGreaterThan(10);
  });

  it("are those of the cells that they name, in every document", () => {
    const wrong = documents.flatMap((path) =>
      claimsOf(read(path), source)
        .filter(({ said, found }) => said !== found)
        .map((claim) => ({ path, ...claim })),
    );
    expect(wrong).toEqual([]);
  });

  it("all have a source, where a document makes claims", () => {
    expect(documents.flatMap((path) => unsourced(read(path)).map((number) => `${path}: ${number}`))).toEqual([]);
  });
});

it("tables are those that the rows give", () => {
  for (const path of ["README.md", "experiments/README.md"]) expect(made(path)).toBe(read(path));
});

describe("a claim", () => {
  const cells: Record<string, string> = { "gain|round 1|8": "1.96" };

  it("that says another number than its cell is found, and so is one without a cell", () => {
    const text = "gains <!-- =gain|round 1|8 -->2.00<!-- / -->, then <!-- =gain|round 9|8 -->3<!-- / -->";
    expect(claimsOf(text, (of) => cells[of])).toEqual([
      { of: "gain|round 1|8", said: "2.00", found: "1.96" },
      { of: "gain|round 9|8", said: "3", found: undefined },
    ]);
    expect(fillClaims(text, (of) => cells[of])).toContain("gains <!-- =gain|round 1|8 -->1.96<!-- / -->, then");
  });

  it("without a source is found between the marks, and what says of what it is needs none", () => {
    const text = (inner: string) => `8 times\n<!-- claims: begin -->\n${inner}\n<!-- claims: end -->\n9 times`;
    expect(unsourced(text("8 times fewer steps, 1.26 times as good, from 917 to 515"))).toEqual([
      "8",
      "1.26",
      "917",
      "515",
    ]);
    const of = "1. Round 5 at 4 steps, seeds 1 to 3, 95 % intervals, `--steps=4`, 3.8 nats <!-- =x -->7<!-- / -->";
    expect(unsourced(text(of))).toEqual([]);
  });
});

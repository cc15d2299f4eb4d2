import { getTableColumns } from "drizzle-orm";
import { expect, it } from "vitest";
import { type EvaluationValues, evaluationReader } from "./evaluationValues.js";
import { evaluations } from "./schema.js";

const evaluationOf = evaluationReader();
const columns = Object.keys(getTableColumns(evaluations));

it("gives each column of the table's the value at its place, in the table's order", () => {
  const values = columns.map((name) => (name === "nanColumns" ? "" : `of ${name}`));
  const expected = columns.slice(0, -1).map((name) => [name, `of ${name}`]);
  expect(columns.at(-1)).toBe("nanColumns");
  expect(Object.entries(evaluationOf(values as unknown as EvaluationValues))).toEqual(expected);
});

it("restores what SQLite cannot hold", () => {
  const values = columns.map((name) => (name === "nanColumns" ? "value,entropy" : null));
  expect(evaluationOf(values as unknown as EvaluationValues)).toMatchObject({
    value: Number.NaN,
    stderr: null,
    entropy: Number.NaN,
  });
});

it("gives equal values of one row to one and of another to the other, though they share their strings", () => {
  const ofRun = (run: string) => columns.map((name) => (name === "runId" ? run : name === "nanColumns" ? "" : "same"));
  const read = evaluationReader();
  const rows = ["a", "b", "a"].map((run) => read(ofRun(run) as unknown as EvaluationValues));
  expect(rows.map(({ runId, metric }) => [runId, metric])).toEqual([
    ["a", "same"],
    ["b", "same"],
    ["a", "same"],
  ]);
});

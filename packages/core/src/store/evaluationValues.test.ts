import { getTableColumns } from "drizzle-orm";
import { expect, it } from "vitest";
import { type EvaluationValues, evaluationOf } from "./evaluationValues.js";
import { evaluations } from "./schema.js";

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

import { expect as expected, it as test } from "vitest";
import { describe, expect, it, runClaims } from "./words.js";

test("a suite in the words of vitest runs without it, and fails where it would there", async () => {
  describe.each([{ name: "onnx" }, { name: "reference" }])("$name, an engine", () => {
    it.each([
      { claim: "adds", sum: 3 },
      { claim: "errs", sum: 4 },
    ])("Add $claim", async ({ sum }) => {
      expect(1 + 2).toBe(sum);
      expect([1]).toEqual([1]);
    });
  });
  it("belongs to no engine", () => expect(1).toBeLessThan(0));
  const { numPassedTests, testResults } = await runClaims("onnx");
  expected(numPassedTests).toBe(1);
  expected(testResults[0]?.assertionResults).toEqual([
    { title: "Add adds", status: "passed" },
    { title: "Add errs", status: "failed" },
  ]);
  expected(() => expect(2, "the error").toBeLessThan(1)).toThrow("the error 2 must be less than 1");
  expected(() => expect(1).toBeGreaterThan(1)).toThrow();
  expected(() => expect(["a"]).toContain("b")).toThrow();
  expected((await runClaims("tensorflow")).numPassedTests).toBe(0);
});

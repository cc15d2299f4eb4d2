import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { cardCheck } from "./command.js";
import { runStep, steps } from "./steps.js";

const out = mkdtempSync(join(tmpdir(), "card-"));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(out, { recursive: true, force: true });
  process.exitCode = undefined;
});

it("is over in time, and says of what it did not come to that no time was left", async () => {
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  const options = cardCheck.options.parse({ devices: ["cuda", "tensorflow"], minutes: 1e-6, out });
  await cardCheck.run(options, { config: {}, configHash: "", argv: [] });
  const { tried, card } = JSON.parse(readFileSync(join(out, "card-check.json"), "utf8"));
  expect(typeof card).toBe("string");
  expect(tried.map(({ target }: { target: unknown }) => target)).toEqual([
    { engine: "onnx", device: "cuda" },
    { engine: "tensorflow", device: "cpu" },
  ]);
  for (const { results } of tried) {
    expect(results.map(({ step }: { step: string }) => step)).toEqual(Object.keys(steps));
    for (const one of results) expect(one).toMatchObject({ isOk: false, found: "no time was left" });
  }
  const table = readFileSync(join(out, "card-check.md"), "utf8");
  expect(table).toMatch(/\| onnx on cuda \| doctor \| not ok \| no time was left \|/);
  expect(process.exitCode).toBe(1);
});

it("ends a step that takes longer than is left, and says so", async () => {
  const deadline = performance.now() + 300;
  const trying = { target: { engine: "onnx", device: "cpu" }, folder: out, deadline, size: "169m" } as const;
  const { isOk, found, seconds } = await runStep("bench, larger size", trying);
  expect([isOk, seconds < 60]).toEqual([false, true]);
  expect(found).toMatch(/^not done after \d+ s$|Cannot find module/);
});

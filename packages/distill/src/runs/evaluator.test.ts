import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { evaluatorScript } from "./evaluator.js";

const here = fileURLToPath(import.meta.url);

it("is the script that was given, else the one that is installed", () => {
  expect(evaluatorScript(here, () => "/other")).toBe(here);
  expect(evaluatorScript(undefined, () => here)).toBe(here);
});

it("is refused before anything is done where it is not there", () => {
  expect(() => evaluatorScript("/nowhere.js", () => here)).toThrow("got /nowhere.js (flag --evaluator)");
  for (const none of [() => undefined, () => "/nowhere.js"]) {
    expect(() => evaluatorScript(undefined, none)).toThrow(
      "round: an evaluation needs an evaluator that is there, got none that is installed and built. Run npm run build,",
    );
  }
});

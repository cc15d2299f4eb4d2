import { expect, it } from "vitest";
import { drawnOf, runWords } from "./names.js";

it("a run is called by a name that a person gave, else by what tells it from others, and never by a hash", () => {
  const run = { name: "rounds-1ba1a7b8c789", experiment: "lr-study", stage: "curve", round: 2, seed: 1 };
  const id = "rounds-1ba1a7b8c789/curve-dfa492150b5f";
  expect(runWords({ ...run, id })).toBe("lr-study: curve of round 2, seed 1");
  expect(runWords({ ...run, id, stage: "round" })).toBe("lr-study: round 2, seed 1");
  expect(runWords({ ...run, id, stage: "pretrain", round: 0 })).toBe("lr-study: pretrain, seed 1");
  expect(runWords({ ...run, id: "mine/curve-dfa492150b5f", name: "mine" })).toBe("mine: curve of round 2, seed 1");
  expect(runWords({ ...run, id: "mine/round-2", name: "mine" })).toBe("mine/round-2");
});

it("evaluations of one checkpoint are told apart by how their samples were drawn", () => {
  const run = { id: "t/curve-dfa492150b5f", name: "t", experiment: "e", stage: "curve", round: 0, seed: 1 };
  const config = { sampler: "spaced+guided:0.5", temperature: 0.9, topP: 1, steps: [4, 8], lr: 1 };
  expect(runWords({ ...run, drawn: drawnOf(config) })).toBe("t: curve, spaced+guided:0.5, τ = 0.9, 4/8 steps, seed 1");
  expect(drawnOf({ sampler: "ancestral", temperature: 1, topP: 0.9, steps: [] })).toBe("top-p 0.9");
  expect(drawnOf({ name: "a round", updates: 80, substeps: 2 })).toBe("");
});

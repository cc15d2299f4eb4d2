import { expect, it } from "vitest";
import { runWords } from "./names.js";

it("a run is called by a name that a person gave, else by what tells it from others, and never by a hash", () => {
  const run = { name: "rounds-1ba1a7b8c789", experiment: "lr-study", stage: "curve", round: 2, seed: 1 };
  const id = "rounds-1ba1a7b8c789/curve-dfa492150b5f";
  expect(runWords({ ...run, id })).toBe("lr-study: curve of round 2, seed 1");
  expect(runWords({ ...run, id, stage: "round" })).toBe("lr-study: round 2, seed 1");
  expect(runWords({ ...run, id, stage: "pretrain", round: 0 })).toBe("lr-study: pretrain, seed 1");
  expect(runWords({ ...run, id: "mine/curve-dfa492150b5f", name: "mine" })).toBe("mine: curve of round 2, seed 1");
  expect(runWords({ ...run, id: "mine/round-2", name: "mine" })).toBe("mine/round-2");
});

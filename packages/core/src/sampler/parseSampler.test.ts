/** @file What a choice of sampler is refused for, and how it is written. */
import { describe, expect, it } from "vitest";
import { exactDenoiser } from "./chain.fixture.js";
import { parseSampler, sampleWith } from "./choose.js";

const chain = {
  length: 2,
  first: [0.7, 0.3],
  next: [
    [0.9, 0.1],
    [0.25, 0.75],
  ],
};

it.each([
  [{ numSteps: 0 }, "numSteps must be a positive integer, got 0 (flag --steps)"],
  [{ temperature: 0 }, "temperature must be above 0"],
  [{ topP: 0 }, "top-p must be above 0 and at most 1"],
  [{ topP: 1.1 }, "top-p must be above 0 and at most 1"],
])("sampleWith refuses %j", async (wrong, message) => {
  const options = { numSteps: 1, batch: 1, seed: 1, ...wrong };
  await expect(sampleWith(parseSampler("top-k"), exactDenoiser(chain), options)).rejects.toThrow(message);
});

it("float32 draws have no top-p", async () => {
  const options = { numSteps: 1, batch: 1, seed: 1, topP: 0.9 };
  const asked = sampleWith(parseSampler("ancestral-float32"), exactDenoiser(chain), options);
  await expect(asked).rejects.toThrow("ancestral-float32 draws from all tokens, got top-p 0.9");
});

describe("parseSampler", () => {
  it("writes the parameters out, given or not, so that rows of unlike parameters differ", () => {
    const written = [
      "threshold",
      "threshold:0.5",
      "ancestral",
      "energy:8",
      "energy:2,0.2",
      "spaced+guided",
      "energy:2+guided:1",
    ].map((text) => parseSampler(text).written);
    const plain = ["threshold:0.9", "threshold:0.5", "ancestral", "energy:8:1:1", "energy:2:0.2:1"];
    expect(written).toEqual([...plain, "spaced+guided:0.5", "energy:2:1:1+guided:1"]);
  });

  it.each([
    ["ancestrall", "must be one of ancestral, analytic"],
    ["ancestral:1", "ancestral takes no parameter"],
    ["threshold:0.5:1", "threshold takes one parameter"],
    ["energy:1.5", "k, a parameter of energy, must be whole, above 0 and at most 1024"],
    ["energy:4:2", "window, a parameter of energy, must be above 0 and at most 1"],
    ["energy:", "k, a parameter of energy, must be whole"],
    ["threshold:0", "the parameter of threshold must be above 0 and at most 1"],
    ["spaced+guided:-1", "w, a parameter of guided, must be above"],
    ["spaced+guided:", "w, a parameter of guided, must be above"],
    ["spaced+guide:1", "what follows + must be guided"],
    ["remdm-cap:x", "the parameter of remdm-cap must be above 0"],
  ])("refuses %s", (text, message) => {
    expect(() => parseSampler(text)).toThrow(message);
  });
});

/** @file Guidance against the exact law of its definition. */
import { describe, expect, it } from "vitest";
import { conditional, exactDenoiser } from "../chain.fixture.js";
import { parseSampler, sampleWith } from "../choose.js";
import { stagedDenoiser } from "../staged.js";
import { chain, countsOf, expectLaw } from "../twoTokens.fixture.js";
import { pooledStreams, threeStepsLaw, weighedLaw } from "../walk.fixture.js";

/** (p(v | state)^(1 + w) / p(v | nothing)^w)^(1/τ), renormalised. */
const guidedLaw = (weight: number, temperature: number) =>
  weighedLaw((p, v, _, i) => {
    const blank = conditional(chain, Array(chain.length).fill(-1), i)[v] as number;
    return (p ** (1 + weight) / blank ** weight) ** (1 / temperature);
  });

const lawOf = (lawAt: typeof conditional) => threeStepsLaw(chain, lawAt);

describe("guided", () => {
  it.each([1, 0.7])(
    "draws from p(v | xt)^(1 + w) / p(v | nothing)^w, at temperature %d; the sign the other way round would be seen",
    async (temperature) => {
      const options = { numSteps: 3, batch: 15_000, seed: 5, temperature, streams: pooledStreams(5) };
      const { ids } = await sampleWith(parseSampler("ancestral+guided:0.8"), exactDenoiser(chain), options);
      expectLaw(countsOf(ids), lawOf(guidedLaw(0.8, temperature)), lawOf(guidedLaw(-0.8, temperature)));
    },
  );

  it.each(["ancestral", "cached", "first-hitting", "top-k", "spaced", "remdm-cap"])(
    "with w = 0 draws what %s draws, token for token",
    async (name) => {
      const options = { numSteps: 3, batch: 50, seed: 2 };
      const plain = await sampleWith(parseSampler(name), exactDenoiser(chain), options);
      expect(await sampleWith(parseSampler(`${name}+guided:0`), exactDenoiser(chain), options)).toEqual(plain);
    },
  );

  it("guides nothing where nothing is known: the first step's tokens are the network's own", async () => {
    const options = { numSteps: 1, batch: 50, seed: 2 };
    const plain = await sampleWith(parseSampler("ancestral"), exactDenoiser(chain), options);
    expect(await sampleWith(parseSampler("ancestral+guided:3"), exactDenoiser(chain), options)).toEqual(plain);
  });

  it("asks about the row of which nothing is known once, for all batches and steps", async () => {
    const [plain, guiding] = [exactDenoiser(chain), exactDenoiser(chain)];
    for (const first of [0, 8, 16]) {
      const options = { numSteps: 3, batch: 8, first, seed: 2 };
      await sampleWith(parseSampler("ancestral"), plain, options);
      await sampleWith(parseSampler("ancestral+guided:0"), guiding, options);
    }
    expect(guiding.asked.length).toBe(plain.asked.length + 1);
  });

  it("guides each of several students by its own answer where nothing is known", async () => {
    const other = { ...chain, first: [...chain.first].reverse() };
    const parts = () => [
      { denoiser: exactDenoiser(other), until: 0.5 },
      { denoiser: exactDenoiser(chain), until: 1 },
    ];
    const options = { numSteps: 4, batch: 50, seed: 2 };
    const drawnBy = (text: string) => sampleWith(parseSampler(text), stagedDenoiser(parts()), options);
    const [plain, none, some] = [
      await drawnBy("spaced"),
      await drawnBy("spaced+guided:0"),
      await drawnBy("spaced+guided:2"),
    ];
    expect(none).toEqual(plain);
    expect(some.ids).not.toEqual(plain.ids);
  });
});

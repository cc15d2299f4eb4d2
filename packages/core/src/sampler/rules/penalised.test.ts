/** @file The frequency penalty against the exact law of its definition. */
import { describe, expect, it } from "vitest";
import { type conditional, exactDenoiser } from "../chain.fixture.js";
import { parseSampler, sampleWith } from "../choose.js";
import { chain, countsOf, expectLaw } from "../twoTokens.fixture.js";
import { pooledStreams, threeStepsLaw, weighedLaw } from "../walk.fixture.js";

/** p(v)^(1/τ) · e^(−λ · count of v / τ), renormalised. */
const penalisedLaw = (penalty: number, temperature: number) =>
  weighedLaw((p, v, state) => {
    const count = state.filter((token) => token === v).length;
    return (p * Math.exp(-penalty * count)) ** (1 / temperature);
  });

const lawOf = (lawAt: typeof conditional) => threeStepsLaw(chain, lawAt);

describe("penalised", () => {
  it.each([1, 0.7])(
    "draws what a row has already by e^(−λ · count) less often, at temperature %d",
    async (temperature) => {
      const options = { numSteps: 3, batch: 15_000, seed: 5, temperature, streams: pooledStreams(5) };
      const { ids } = await sampleWith(parseSampler("penalised:0.8"), exactDenoiser(chain), options);
      expectLaw(countsOf(ids), lawOf(penalisedLaw(0.8, temperature)), lawOf(penalisedLaw(0.5, temperature)));
    },
  );

  it("with λ = 0 draws what ancestral steps draw", async () => {
    const options = { numSteps: 3, batch: 200, seed: 2 };
    const plain = await sampleWith(parseSampler("ancestral"), exactDenoiser(chain), options);
    expect(await sampleWith(parseSampler("penalised:0"), exactDenoiser(chain), options)).toEqual(plain);
  });
});

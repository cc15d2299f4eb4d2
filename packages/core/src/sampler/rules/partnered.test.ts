/**
 * @file Samplers that ask a second network, each against the exact law of its definition; and what their claims come to.
 */
import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import {
  allSequences,
  type Chain,
  chainProbability,
  conditional,
  evenSteps,
  exactDenoiser,
  stepLaw,
} from "../chain.fixture.js";
import { parseSampler, sampleWith } from "../choose.js";
import { beside } from "../partner.fixture.js";
import { nearestIn, type PartnerKind } from "../partner.js";
import { chain, countsOf, expectLaw, other, sequences, truth } from "../twoTokens.fixture.js";
import { drawn, maskedIn, type Outcomes, pooledStreams, subsets, walkLaw } from "../walk.fixture.js";
import { weightsOf } from "./energy.js";
import { keepChance, lentMass } from "./verified.js";

const n = 10_000;

async function draw(spec: string, numSteps: number, partner: Chain, kind: PartnerKind, of: Chain = chain) {
  const drawn = await sampleWith(parseSampler(spec), beside(of, partner, kind), {
    ...{ numSteps, batch: n, seed: 5, streams: pooledStreams(5) },
  });
  return { ...drawn, counts: countsOf(drawn.ids) };
}

const distance = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, value, i) => sum + Math.abs(value - (q[i] as number)), 0) / 2;

/** The step of `energy` by its definition, with every k rows that may be drawn; `sign` −1 is the published sampler's. */
function energyStep(k: number, chance: number, sign = 1) {
  return (state: readonly number[]): Outcomes => {
    const positions = maskedIn(state);
    const laws = positions.map((i) => conditional(chain, state, i));
    const rows = drawn(chain, state, positions).map(([row, p]) => {
      const own = positions.reduce((sum, i, m) => sum + Math.log(laws[m]?.[row[i] as number] as number), 0);
      return { row, p, energy: own - Math.log(chainProbability(chain, row)) };
    });
    const drawnRows = allSequences(rows.length, k).map((indices) =>
      indices.map((i) => rows[i] as (typeof rows)[number]),
    );
    return subsets(positions, chance).flatMap(([shown, q]): Outcomes => {
      if (shown.length === 0) return [[state, q]];
      return drawnRows.flatMap((tuple) => {
        const together = tuple.reduce((product, { p }) => product * p, q);
        const weights = tuple.map(({ energy }) => Math.exp(-sign * energy));
        const all = weights.reduce((sum, weight) => sum + weight, 0);
        return tuple.map(({ row }, i) => {
          const next = state.map((v, j) => (shown.includes(j) ? (row[j] as number) : v));
          return [next, (together * (weights[i] as number)) / all] as const;
        });
      });
    });
  };
}
const energyLaw = (k: number, numSteps: number, sign = 1) =>
  walkLaw(
    chain,
    evenSteps(numSteps).map((chance) => energyStep(k, chance, sign)),
  );

describe("energy", () => {
  it.each([1, 2, 3])(
    "samples from the exact law of %d steps with k = 2, which the wrong sign does not have",
    async (K) => {
      const { counts } = await draw("energy:2", K, chain, "causal");
      expectLaw(counts, energyLaw(2, K), energyLaw(2, K, -1));
    },
  );

  it.each([1, 2, 3])("comes to the joint law as k grows, for K = %d, and with the wrong sign moves away", async (K) => {
    const [right, wrong] = [1, -1].map((sign) => [1, 2, 3].map((k) => distance(energyLaw(k, K, sign), truth)));
    expect(right).toEqual([...(right as number[])].sort((a, b) => b - a));
    expect(wrong).toEqual([...(wrong as number[])].sort((a, b) => a - b));
    expect(wrong?.[2]).toBeGreaterThan(1.1 * (wrong?.[0] as number));
    const { counts } = await draw("energy:32", K, chain, "causal");
    const far = distance(
      counts.map((count) => count / n),
      truth,
    );
    // Noise of the counts is about 0.01, and of k rows some 1/k is left.
    expect(far).toBeLessThan(0.02);
    expect(far).toBeLessThan(0.3 * (right?.[0] as number));
  });

  it("with k = 1, and outside of its window, draws what ancestral steps draw, and asks no one else", async () => {
    const options = { numSteps: 3, batch: 40, seed: 2 };
    const plain = await sampleWith(parseSampler("ancestral"), exactDenoiser(chain), options);
    const one = await sampleWith(parseSampler("energy:1"), beside(chain, other, "causal"), options);
    expect([one.ids, one.nfe]).toEqual([plain.ids, plain.nfe]);
    expect([...new Set(one.partnerPasses)]).toEqual([0]);
    const early = await sampleWith(parseSampler("energy:4:0.1"), beside(chain, other, "causal"), options);
    expect(new Set(early.partnerPasses)).toEqual(new Set([0, 4]));
  });

  it("makes no row more than k times likelier than the draws do: ln k nats a row at most, however long it is", () => {
    const apart = stepLaw(chain, [1]);
    const ratios = [2, 3].map((k) => Math.max(...energyLaw(k, 1).map((p, i) => p / (apart[i] as number) / k)));
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1);
    expect(Math.min(...ratios)).toBeGreaterThan(0.5);
  });

  it("chooses the lower energy, the more surely the lower τ", () => {
    expect(weightsOf([1, 2], 1)[1]).toBeCloseTo(Math.exp(-1), 12);
    expect(weightsOf([1, 2], 0.01)[1]).toBeLessThan(1e-40);
    expect(weightsOf([-1e6, -1e6], 1)).toEqual([1, 1]);
  });
});

describe("speculative", () => {
  /** The causal network's law after the denoiser's first token. */
  const mixed = { ...other, first: chain.first };
  const law = sequences.map((x) => chainProbability(mixed, x));

  it.each([1, 2, 3])(
    "samples exactly from the causal network, whatever drafts, with drafts of L/%d tokens",
    async (K) => {
      const { counts, partnerPasses } = await draw("speculative", K, other, "causal");
      expectLaw(counts, law, truth);
      expect(Math.max(...(partnerPasses ?? []))).toBeLessThanOrEqual(3);
    },
  );

  it("needs one pass where the draft is the causal network's own", async () => {
    const free = { ...chain, next: [chain.first, chain.first] };
    const { partnerPasses, nfe } = await draw("speculative", 1, free, "causal", free);
    expect([new Set(partnerPasses), new Set(nfe)]).toEqual([new Set([1]), new Set([1])]);
  });
});

describe("verified", () => {
  it.each([1, 2, 3])("with δ = 0 has the teacher's law at %d steps, whatever the student drafts", async (K) => {
    const { counts } = await draw("verified:0", K, other, "denoiser");
    expectLaw(counts, stepLaw(other, evenSteps(K)), stepLaw(chain, evenSteps(K)));
  });

  const size = 6;
  const lawOf = (seed: number) => {
    const weights = Float64Array.from(randomStream(seed, "law").uniforms(size), (u) => u ** 4);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };
  const neighbours = (v: number) => Int32Array.from({ length: size }, (_, u) => u).filter((u) => u !== v);
  /** The law drawn, by its definition, with a chance of keeping each token. */
  function drawnLaw(p: Float64Array, q: Float64Array, keep: (v: number) => number): Float64Array {
    const kept = q.map((own, v) => own * keep(v));
    const lost = 1 - kept.reduce((sum, own) => sum + own, 0);
    const above = p.map((own, v) => Math.max(0, own - (q[v] as number)));
    const total = above.reduce((sum, more) => sum + more, 0);
    return kept.map((own, v) => own + (total > 0 ? (lost * (above[v] as number)) / total : 0));
  }
  const apart = (a: Float64Array, b: Float64Array) => distance([...a], [...b]);

  it("is within δ of the teacher in total variation, token by token, and uses what it may", () => {
    const uses = [];
    for (let seed = 0; seed < 300; seed++) {
      const [p, q] = [lawOf(seed), lawOf(seed + 1000)];
      for (const delta of [0, 0.05, 0.2, 0.9]) {
        const law = drawnLaw(p, q, (v) => keepChance(p, q, v, lentMass(p, neighbours(v), delta), delta));
        expect(law.reduce((sum, own) => sum + own, 0)).toBeCloseTo(1, 12);
        expect(apart(law, p)).toBeLessThanOrEqual(delta + 1e-12);
        uses.push(apart(law, p) / Math.max(delta, 1e-12));
      }
    }
    expect(Math.max(...uses)).toBeGreaterThan(0.5);
  });

  it("would not be, were each token lent δ of its own: four near one that the teacher has are all kept", () => {
    const p = Float64Array.of(0.9, 0.1, 0, 0, 0, 0);
    const q = Float64Array.of(0, 0, 0.25, 0.25, 0.25, 0.25);
    const near = Int32Array.of(1, 0);
    const published = (v: number) => Math.min(1, ((p[v] as number) + lentMass(p, near, 0.2)) / (q[v] as number));
    expect(apart(drawnLaw(p, q, published), p)).toBeCloseTo(0.4, 12);
    const ours = drawnLaw(p, q, (v) => keepChance(p, q, v, lentMass(p, near, 0.2), 0.2));
    expect(apart(ours, p)).toBeLessThanOrEqual(0.2 + 1e-12);
  });
});

describe("a partner", () => {
  it("must be there, of the sampler's kind, and of the same tokens", async () => {
    const options = { numSteps: 2, batch: 1, seed: 1 };
    const alone = sampleWith(parseSampler("energy"), exactDenoiser(chain), options);
    await expect(alone).rejects.toThrow("energy asks a second network that is causal, got none");
    const wrong = sampleWith(parseSampler("verified"), beside(chain, other, "causal"), options);
    await expect(wrong).rejects.toThrow("verified asks a second network that is a denoiser, got causal");
    const three: Chain = { ...chain, first: [0.2, 0.3, 0.5] };
    expect(() => beside(chain, three, "causal")).toThrow("both networks must share their vocabulary");
  });

  it("has its passes counted, which are none of the denoiser's evaluations", async () => {
    const options = { numSteps: 1, batch: 3, seed: 1 };
    const drawn = await sampleWith(parseSampler("energy:5"), beside(chain, other, "causal"), options);
    expect([drawn.nfe, drawn.partnerPasses]).toEqual([Int32Array.of(1, 1, 1), Int32Array.of(5, 5, 5)]);
    expect((await sampleWith(parseSampler("spaced"), exactDenoiser(chain), options)).partnerPasses).toBeUndefined();
  });

  it("tells tokens by the distance of their embeddings, the mask token's left out", () => {
    const nearest = nearestIn([0, 0, 3, 0, 1, 0, 0, 0], 2);
    expect([0, 1].map((token) => [...nearest(token)])).toEqual([
      [2, 1],
      [2, 0],
    ]);
  });
});

describe("seeded", () => {
  it("has every n-th token of the causal network's rows, and the denoiser's between them", async () => {
    const { counts, partnerPasses } = await draw("seeded:2", 1, chain, "causal");
    // The row begins with the token that begins documents: 0.
    const begun = truth.map((p, i) => (i < 4 ? p / (chain.first[0] as number) : 0));
    const apart = stepLaw(chain, [1]).map((p, i) => (i < 4 ? p / (chain.first[0] as number) : 0));
    expectLaw(counts, begun, apart);
    expect([...new Set(partnerPasses)]).toEqual([2]);
  });
});

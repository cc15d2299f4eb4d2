/**
 * @file Samplers that reveal in an order of their own, each against the exact law of its definition.
 */
import { describe, expect, it } from "vitest";
import { conditional, exactDenoiser } from "../chain.fixture.js";
import { parseSampler, sampleWith } from "../choose.js";
import { chain, countsOf, expectLaw } from "../twoTokens.fixture.js";
import { drawn, maskedIn, type Outcomes, pooledStreams, subsets, walkLaw } from "../walk.fixture.js";
import { coarseToFine } from "./spaced.js";

const n = 15_000;

async function counts(spec: string, numSteps: number): Promise<number[]> {
  const options = { numSteps, batch: n, seed: 5, streams: pooledStreams(5) };
  const { ids } = await sampleWith(parseSampler(spec), exactDenoiser(chain), options);
  return countsOf(ids);
}

type Step = (state: readonly number[]) => Outcomes;
const together: Step = (state) => drawn(chain, state, maskedIn(state));

describe("spaced", () => {
  const inOrder = (order: readonly number[]) =>
    walkLaw(chain, [(state) => drawn(chain, state, order.slice(0, 2)), together]);
  const meanOf = (laws: readonly number[][]) =>
    (laws[0] as number[]).map((_, i) => laws.reduce((sum, law) => sum + (law[i] as number), 0) / laws.length);

  it("reveals in an order from coarse to fine whose shift is drawn, with tokens apart", async () => {
    const orders = [
      [0, 2, 1],
      [1, 2, 0],
      [2, 0, 1],
      [1, 0, 2],
    ];
    const law = meanOf(orders.map(inOrder));
    expectLaw(await counts("spaced", 2), law, inOrder([0, 1, 2]));
    expectLaw(await counts("spaced", 1), walkLaw(chain, [together]), law);
  });

  it("has every position once, and in any first part none nearer to another than half of what is possible", () => {
    for (const count of [1, 2, 3, 7, 16, 100, 256]) {
      const order = coarseToFine(count, 3);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      for (const first of [2, 5, 16].filter((many) => many <= count)) {
        const sorted = order.slice(0, first).sort((a, b) => a - b);
        const nearest = Math.min(...sorted.slice(1).map((j, i) => j - (sorted[i] as number)));
        expect(nearest).toBeGreaterThanOrEqual(Math.floor(count / first / 2));
      }
    }
  });
});

describe("sliding", () => {
  it.each([1, 2, 4, 9])("with w = L and b = 0 draws what ancestral steps draw, at %d steps", async (numSteps) => {
    const options = { numSteps, batch: 200, seed: 2, temperature: 0.8 };
    const plain = await sampleWith(parseSampler("ancestral"), exactDenoiser(chain), options);
    const { ids, nfe, revealSteps } = await sampleWith(parseSampler("sliding:3"), exactDenoiser(chain), options);
    expect({ ids, nfe, revealSteps }).toEqual(plain);
  });

  const window =
    (w: number, left: number): Step =>
    (state) => {
      const masked = maskedIn(state);
      const inside = left === 1 ? masked : masked.slice(0, w);
      const chance = Math.min(1, masked.length / (inside.length * left));
      return subsets(inside, chance).flatMap(([set, p]) =>
        drawn(chain, state, set).map(([next, q]) => [next, p * q] as const),
      );
    };
  const plain = walkLaw(chain, [window(3, 2), window(3, 1)]);
  const narrow = walkLaw(chain, [window(2, 2), window(2, 1)]);

  it("reveals among the first w masked positions, and all in the last step", async () => {
    expectLaw(await counts("sliding:2", 2), narrow, plain);
  });

  it("masks the last b again where, unseen, they are less likely than their share of the likeliest token", async () => {
    const accept = 0.3;
    const looking =
      (left: number): Step =>
      (state) => {
        const head = maskedIn(state)[0] ?? 0;
        if (head === 0 || left === 1) return window(1, left)(state);
        const seen = state.map((v, j) => (j === head - 1 ? -1 : v));
        const own = conditional(chain, seen, head - 1);
        const isLow = (own[state[head - 1] as number] as number) < accept * Math.max(...own);
        const unseen = window(1, left)(state).map(([next]) => next);
        const chance = Math.min(1, maskedIn(state).length / left);
        const law = conditional(chain, seen, head);
        const to = (v: number) => {
          const next = [...state];
          next[head] = v;
          if (isLow) next[head - 1] = -1;
          return next;
        };
        expect(unseen.length).toBeGreaterThan(0);
        const revealed = law.map((p, v) => [to(v), p * chance] as const);
        return chance < 1 ? [...revealed, [to(-1), 1 - chance] as const] : revealed;
      };
    const law = walkLaw(chain, [looking(3), looking(2), looking(1)]);
    const without = walkLaw(chain, [window(1, 3), window(1, 2), window(1, 1)]);
    expectLaw(await counts(`sliding:1:1:${accept}`, 3), law, without);
  });
});

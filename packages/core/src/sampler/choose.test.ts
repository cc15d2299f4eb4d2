/**
 * @file The samplers that look at whole rows, each against the exact law of its definition, and what holds for all.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSequences, conditional, exactDenoiser } from "./chain.fixture.js";
import { loadSampler, parseSampler, pinnedSampler, samplerChoices, sampleWith } from "./choose.js";
import { defineSampler } from "./contract.js";
import { withNeighbours } from "./neighbours/mixed.js";
import type { Denoiser } from "./network/denoiser.js";
import { beside } from "./partner.fixture.js";
import { remaskSteps } from "./rules/remask.js";
import { sample } from "./sample.js";
import { samplers } from "./samplers.js";
import { stagedDenoiser } from "./staged.js";
import { chain, countsOf, expectLaw, other, truth } from "./twoTokens.fixture.js";
import { drawn, maskedIn, type Outcomes, pooledStreams, subsets, walkLaw } from "./walk.fixture.js";

const n = 10_000;

async function counts(spec: string, numSteps: number, more: { topP?: number; denoiser?: Denoiser } = {}) {
  const { denoiser = exactDenoiser(chain), ...options } = more;
  const { ids } = await sampleWith(parseSampler(spec), denoiser, {
    numSteps,
    batch: n,
    seed: 5,
    streams: pooledStreams(5),
    ...options,
  });
  return countsOf(ids);
}

/** All sets of `size` masked positions, equally likely, drawn apart. */
const anyOf = (size: number) => (state: readonly number[]) => {
  const sets = subsets(maskedIn(state), 0.5).filter(([set]) => set.length === size);
  return sets.flatMap(([set]) => drawn(chain, state, set).map(([next, p]) => [next, p / sets.length] as const));
};
const together = (state: readonly number[]) => drawn(chain, state, maskedIn(state));

describe("first-hitting", () => {
  it("with L steps or more samples from the model itself, the limit of infinitely many ancestral steps", async () => {
    for (const numSteps of [3, 50])
      expectLaw(await counts("first-hitting", numSteps), truth, walkLaw(chain, [together]));
  });

  it("with fewer samples sets of a fixed size, and not of a random one as ancestral steps do", async () => {
    expectLaw(await counts("first-hitting", 2), walkLaw(chain, [anyOf(2), together]), truth);
  });

  it("takes exactly min(K, L) evaluations", async () => {
    for (const [numSteps, nfe] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [1000, 3],
    ] as const) {
      const options = { numSteps, batch: 20, seed: 1 };
      const drawn = await sampleWith(parseSampler("first-hitting"), exactDenoiser(chain), options);
      expect([...new Set(drawn.nfe)]).toEqual([nfe]);
    }
  });
});

describe("top-k by confidence", () => {
  const keep =
    (size: number) =>
    (state: readonly number[]): Outcomes => {
      const positions = maskedIn(state);
      return drawn(chain, state, positions).map(([full, p]) => {
        const sure = positions.map((i) => [i, conditional(chain, state, i)[full[i] as number] as number] as const);
        const kept = sure
          .sort((a, b) => b[1] - a[1] || a[0] - b[0])
          .slice(0, size)
          .map(([i]) => i);
        return [full.map((v, i) => (state[i] === -1 && !kept.includes(i) ? -1 : v)), p] as const;
      });
    };

  it("keeps the drawn tokens of highest probability, which is sharper than the model", async () => {
    const law = walkLaw(chain, [keep(1), keep(1), keep(1)]);
    expectLaw(await counts("top-k", 3), law, truth);
    expect(law[0]).toBeGreaterThan(truth[0] as number);
    expectLaw(await counts("top-k", 2), walkLaw(chain, [keep(2), keep(1)]), law);
  });
});

describe("confidence-threshold", () => {
  const above =
    (threshold: number) =>
    (state: readonly number[]): Outcomes => {
      const sure = maskedIn(state).map((i) => [i, Math.max(...conditional(chain, state, i))] as const);
      const best = Math.max(...sure.map(([, p]) => p));
      const first = sure.find(([, p]) => p === best)?.[0];
      return drawn(
        chain,
        state,
        sure.filter(([i, p]) => p >= threshold || i === first).map(([i]) => i),
      );
    };

  it("reveals what is sure and at least one, and all in the last step", async () => {
    const law = walkLaw(chain, [above(0.79), above(0.79), together]);
    expectLaw(await counts("threshold:0.79", 3), law, walkLaw(chain, [together]));
    expectLaw(await counts("threshold:0.79", 1), walkLaw(chain, [together]), truth);
  });

  it("makes as many evaluations as the text needs: one where all is sure, K where nothing is", async () => {
    const options = { numSteps: 3, batch: 50, seed: 1 };
    const nfe = async (spec: string) => [
      ...new Set((await sampleWith(parseSampler(spec), exactDenoiser(chain), options)).nfe),
    ];
    expect(await nfe("threshold:0.01")).toEqual([1]);
    expect(await nfe("threshold:1")).toEqual([3]);
  });
});

describe.each(["cap", "rescale", "loop"] as const)("remdm-%s", (name) => {
  const walked = (steps: readonly { remask: number; reveal: number }[]) =>
    walkLaw(
      chain,
      steps.map(({ remask, reveal }) => (state: readonly number[]): Outcomes => {
        const open = maskedIn(state);
        const shown = [...state.keys()].filter((i) => !open.includes(i));
        return subsets(open, reveal).flatMap(([set, p]) =>
          drawn(chain, state, set).flatMap(([next, q]) =>
            subsets(shown, remask).map(
              ([lost, r]) => [next.map((v, i) => (lost.includes(i) ? -1 : v)), p * q * r] as const,
            ),
          ),
        );
      }),
    );

  it("samples from the law of its chances, and not of another strategy's", async () => {
    const steps = remaskSteps(name, 0.95, 4);
    expectLaw(
      await counts(`remdm-${name}:0.95`, 4),
      walked(steps),
      walked(remaskSteps(name === "loop" ? "cap" : "loop", 0.95, 4)),
    );
  });

  it("keeps the chance that a token is there, α_s, whatever is masked again, and ends with all there", () => {
    const alphaAfter = (eta: number) => {
      let there = 0;
      return remaskSteps(name, eta, 20).map(({ remask, reveal }) => {
        there = there * (1 - remask) + (1 - there) * reveal;
        return there;
      });
    };
    const [with_, without] = [alphaAfter(0.3), alphaAfter(1e-12)];
    expect(with_).toEqual(without.map((alpha) => expect.closeTo(alpha, 9)));
    expect(with_.at(-1)).toBe(1);
  });

  it("masks some token again, which without remasking never happens, and never a given one", async () => {
    const fixed = Int32Array.from(Array.from({ length: 200 }, () => [1, -1, -1]).flat());
    const options = { numSteps: 20, batch: 200, seed: 3, fixed };
    const lost = async (spec: string) => {
      let [before, count] = [new Int32Array(600).fill(2), 0];
      const onStep = (_: number, ids: Int32Array) => {
        ids.forEach((v, i) => {
          if (v === 2 && before[i] !== 2) count++;
        });
        for (let i = 0; i < ids.length; i += 3) expect(ids[i]).toBe(1);
        before = ids.slice();
      };
      await sampleWith(parseSampler(spec), exactDenoiser(chain), { ...options, onStep });
      return count;
    };
    expect(await lost(`remdm-${name}:0.5`)).toBeGreaterThan(0);
    expect(await lost("ancestral")).toBe(0);
  });
});

it("top-p draws from the nucleus of each conditional law, under samplers of both kinds", async () => {
  // All masked, a 0 has probability 0.7, 0.705 and 0.7088 at the three positions: 0.702 leaves a 1 to the first alone.
  const start = [-1, -1, -1];
  expect(start.map((_, i) => conditional(chain, start, i)[0])).toEqual(
    [0.7, 0.705, 0.70825].map((p) => expect.closeTo(p)),
  );
  const law = allSequences(2, 3).map(([a, b, c]) => (b === 0 && c === 0 ? (a === 0 ? 0.7 : 0.3) : 0));
  const whole = walkLaw(chain, [together]);
  for (const spec of ["first-hitting", "ancestral"]) expectLaw(await counts(spec, 1, { topP: 0.702 }), law, whole);
});

describe("students in turn", () => {
  const early = exactDenoiser(other);
  const late = exactDenoiser(chain);
  const first = (state: readonly number[]): Outcomes =>
    subsets(maskedIn(state), 0.5).flatMap(([set, p]) =>
      drawn(other, state, set).map(([next, q]) => [next, p * q] as const),
    );

  it("asks each student in its own steps, the first of them again in the next batch", async () => {
    const denoiser = stagedDenoiser([
      { denoiser: early, until: 0.5 },
      { denoiser: late, until: 1 },
    ]);
    const law = walkLaw(chain, [first, together]);
    const wrong = walkLaw(other, [first, (state) => drawn(other, state, maskedIn(state))]);
    for (const _ of [1, 2]) expectLaw(await counts("ancestral", 2, { denoiser }), law, wrong);
    expect(early.asked.length).toBe(2);
    expect(late.asked.length).toBe(2);
    await sampleWith(parseSampler("top-k"), denoiser, { numSteps: 2, batch: 1, seed: 1 });
    expect([early.asked.length, late.asked.length]).toEqual([3, 3]);
  });

  it("refuses students of other shapes, and parts that do not end at 1", () => {
    const short = exactDenoiser({ ...chain, length: 2 });
    const parts = (denoiser: Denoiser, until: number) => [
      { denoiser: early, until: 0.5 },
      { denoiser, until },
    ];
    expect(() => stagedDenoiser(parts(short, 1))).toThrow("all students must share vocabulary and length, got 3 × 2");
    expect(() => stagedDenoiser(parts(late, 0.9))).toThrow(
      "parts must end in ascending order, the last at 1, got 0.5,0.9",
    );
  });
});

describe.each(samplerChoices)("%s", (name) => {
  const chosen = parseSampler(name);
  const found = { mixed: () => exactDenoiser(other), dispose() {} };
  const denoiser = () => {
    if ("datastore" in chosen.sampler) return withNeighbours(exactDenoiser(chain), found);
    return "partner" in chosen.sampler ? beside(chain, other, chosen.sampler.partner) : exactDenoiser(chain);
  };

  it("gives sample i whatever the batch it is in, keeps what is given and leaves no mask", async () => {
    const fixed = Int32Array.from([-1, -1, 1]);
    const options = { numSteps: 5, seed: 7, topP: name === "ancestral-float32" ? 1 : 0.95, temperature: 0.9 };
    const given = Int32Array.from(Array.from({ length: 6 }, () => [...fixed]).flat());
    const all = await sampleWith(chosen, denoiser(), { ...options, batch: 6, fixed: given });
    expect([...all.ids].every((v) => v === 0 || v === 1)).toBe(true);
    for (let i = 0; i < 6; i++) {
      const one = await sampleWith(chosen, denoiser(), { ...options, batch: 1, first: i, fixed });
      expect(one.ids).toEqual(all.ids.slice(3 * i, 3 * i + 3));
      expect([one.ids[2], one.revealSteps[2]]).toEqual([1, 0]);
    }
  });
});

it("sampleWith draws what sample draws, where a sampler has both ways", async () => {
  const options = { numSteps: 4, batch: 40, seed: 2, temperature: 0.8 };
  for (const name of ["ancestral", "analytic", "cached"] as const) {
    const expected = await sample(exactDenoiser(chain), samplers[name], options);
    expect(await sampleWith(parseSampler(name), exactDenoiser(chain), options)).toEqual(expected);
  }
});

describe("a sampler of one's own", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sampler-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const own = (name: string) => `export default {
    name: "${name}", version: 2, parameter: { initial: 1, above: 0, most: 3 },
    row: (numSteps, law, { draw }, count) => ({
      plan: ({ masked }, step) => ({ asked: step === numSteps ? masked : masked.slice(0, count) }),
      tokens: (asked) => asked.map(() => (draw.uniform() < 0.5 ? 0 : 1)),
    }),
  };`;

  it("is a value for every call that samples, and draws as the project's own of the same law", async () => {
    const options = { numSteps: 2, batch: 50, seed: 3 };
    const mine = defineSampler({ name: "mine", rule: samplers.ancestral });
    const [ours, theirs] = [
      await sampleWith(mine, exactDenoiser(chain), options),
      await sampleWith(parseSampler("ancestral"), exactDenoiser(chain), options),
    ];
    expect(ours).toEqual(theirs);
    expect(parseSampler(mine).written).toBe("mine");
  });

  it("is a file for every option, known by its name, version and parameter", async () => {
    const path = file("coin.mjs", own("coin"));
    const chosen = await loadSampler(`${path}:2`);
    expect([chosen.written, chosen.parameters]).toEqual(["coin@2:2", [2]]);
    expect(parseSampler(pinnedSampler(path)).written).toBe("coin@2:1");
    const { nfe } = await sampleWith(chosen, exactDenoiser(chain), { numSteps: 5, batch: 4, seed: 1 });
    expect([...nfe]).toEqual([2, 2, 2, 2]);
  });

  it("is refused by what is wrong with it", async () => {
    await expect(loadSampler(file("a.mjs", own("top-k")))).rejects.toThrow("must have a name of its own, got top-k");
    await expect(loadSampler(file("b.mjs", "export default {};"))).rejects.toThrow("the module must give a sampler");
    await expect(loadSampler(join(folder, "none.mjs"))).rejects.toThrow("the file must be one that can be read");
    await expect(loadSampler(`${file("c.mjs", own("c"))}:9`)).rejects.toThrow("must be above 0 and at most 3");
  });
});

import { describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { type Chain, exactDenoiser } from "../chain.fixture.js";
import type { Denoiser } from "../network/denoiser.js";
import { sampleAncestral } from "./ancestral.js";

const chain: Chain = {
  length: 6,
  first: [0.7, 0.3],
  next: [
    [0.9, 0.1],
    [0.2, 0.8],
  ],
};

/** The denoiser, and every xt that it was shown. */
function watched(denoiser: Denoiser): Denoiser & { seen: { xt: Int32Array; positions: readonly number[] }[] } {
  const seen: { xt: Int32Array; positions: readonly number[] }[] = [];
  return {
    ...denoiser,
    seen,
    logits(xt, rows, positions) {
      seen.push({ xt: xt.slice(), positions });
      return denoiser.logits(xt, rows, positions);
    },
  };
}

describe("sampleAncestral", () => {
  it("never changes a revealed token, and asks for masked positions only", async () => {
    const denoiser = watched(exactDenoiser(chain));
    const { ids } = await sampleAncestral(denoiser, { numSteps: 20, batch: 1, seed: 4 });
    expect(denoiser.seen.length).toBeGreaterThan(2);
    for (const { xt, positions } of denoiser.seen) {
      expect([...xt].every((v, i) => v === denoiser.maskId || v === ids[i])).toBe(true);
      expect(positions.every((i) => xt[i] === denoiser.maskId)).toBe(true);
    }
  });

  it.each([1, 2, 5, 50])(
    "reveals everything by the last of %d steps and never draws the mask token",
    async (numSteps) => {
      const { ids, revealSteps } = await sampleAncestral(exactDenoiser(chain), { numSteps, batch: 50, seed: 1 });
      expect([...ids].every((v) => v === 0 || v === 1)).toBe(true);
      expect([...revealSteps].every((step) => step >= 1 && step <= numSteps)).toBe(true);
    },
  );

  it.each([1, 3, 6, 200])("makes at most min(K, L) evaluations of a sequence, K = %d", async (numSteps) => {
    const { nfe, revealSteps } = await sampleAncestral(exactDenoiser(chain), { numSteps, batch: 40, seed: 2 });
    expect(Math.max(...nfe)).toBeLessThanOrEqual(Math.min(numSteps, 6));
    const distinct = Array.from(nfe, (_, i) => new Set(revealSteps.subarray(6 * i, 6 * i + 6)).size);
    expect([...nfe]).toEqual(distinct);
  });

  it("does not ask the network about rows in which a step reveals nothing", async () => {
    const denoiser = exactDenoiser(chain);
    const { nfe } = await sampleAncestral(denoiser, { numSteps: 100, batch: 3, seed: 2 });
    expect(denoiser.asked.reduce((sum, rows) => sum + rows, 0)).toBe(nfe.reduce((sum, n) => sum + n, 0));
  });

  it("gives sample i whatever the batch it is in", async () => {
    const all = await sampleAncestral(exactDenoiser(chain), { numSteps: 4, batch: 5, seed: 7 });
    for (let i = 0; i < 5; i++) {
      const one = await sampleAncestral(exactDenoiser(chain), { numSteps: 4, batch: 1, first: i, seed: 7 });
      expect([one.ids, one.revealSteps]).toEqual(
        [all, all].map((s, k) => (k ? s.revealSteps : s.ids).slice(6 * i, 6 * i + 6)),
      );
    }
  });

  it("gives other samples under another seed", async () => {
    const under = async (seed: number) =>
      (await sampleAncestral(exactDenoiser(chain), { numSteps: 4, batch: 20, seed })).ids;
    expect(await under(1)).toEqual(await under(1));
    expect(await under(1)).not.toEqual(await under(2));
  });

  it.each([
    ["a prompt", [0, 1, -1, -1, -1, -1]],
    ["an infill", [1, -1, -1, -1, -1, 0]],
  ])("keeps %s, and says that it was given", async (_, row) => {
    const fixed = Int32Array.from([...row, ...row]);
    const { ids, revealSteps } = await sampleAncestral(exactDenoiser(chain), { numSteps: 3, batch: 2, seed: 1, fixed });
    for (const [i, given] of fixed.entries()) {
      if (given >= 0) expect([ids[i], revealSteps[i]]).toEqual([given, 0]);
      else expect(revealSteps[i]).toBeGreaterThan(0);
    }
  });

  it("needs no evaluation where everything is given", async () => {
    const fixed = new Int32Array(6).fill(1);
    const { ids, nfe } = await sampleAncestral(exactDenoiser(chain), { numSteps: 3, batch: 1, seed: 1, fixed });
    expect([ids, nfe]).toEqual([fixed, Int32Array.of(0)]);
  });

  it("reports every step once, in order", async () => {
    const steps: number[] = [];
    const onStep = (step: number) => steps.push(step);
    await sampleAncestral(exactDenoiser(chain), { numSteps: 5, batch: 1, seed: 1, onStep });
    expect(steps).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses %d steps", async (numSteps) => {
    const asked = sampleAncestral(exactDenoiser(chain), { numSteps, batch: 1, seed: 1 });
    await expect(asked).rejects.toThrow(UserError);
    await expect(asked).rejects.toThrow(`numSteps must be a positive integer, got ${numSteps} (flag --steps)`);
  });

  it.each([0, -1, Number.NaN])("refuses a temperature of %d", async (temperature) => {
    const asked = sampleAncestral(exactDenoiser(chain), { numSteps: 1, batch: 1, seed: 1, temperature });
    await expect(asked).rejects.toThrow("temperature must be above 0");
  });
});

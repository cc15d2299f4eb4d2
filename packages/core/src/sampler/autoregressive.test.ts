import { describe, expect, it } from "vitest";
import { rereadingDecoder, sampleAutoregressive } from "./autoregressive.js";
import type { Denoiser } from "./network/denoiser.js";

/** A Markov chain on 2 tokens (and the mask, id 2): the next token repeats the last with probability 0.8. */
const network: Denoiser = {
  vocabSize: 3,
  maskId: 2,
  length: 6,
  async logits(xt, _, positions) {
    const rows = positions.flatMap((position) =>
      [0, 1].map((token) => Math.log(token === xt[position] ? 0.8 : 0.2)).concat(9),
    );
    return Float32Array.from(rows);
  },
  dispose() {},
};

const chain = rereadingDecoder(network);

describe("sampling from left to right", () => {
  it("begins with the token given and never draws the mask", async () => {
    const ids = await sampleAutoregressive(chain, { batch: 50, start: 1, seed: 1 });
    for (let row = 0; row < 50; row++) expect(ids[row * 6]).toBe(1);
    expect(ids).not.toContain(2);
  });

  it("follows the chain's law", async () => {
    const ids = await sampleAutoregressive(chain, { batch: 4000, start: 0, seed: 2 });
    let repeats = 0;
    for (let i = 0; i < ids.length; i++) if (i % 6 > 0 && ids[i] === ids[i - 1]) repeats++;
    // 20 000 draws: standard error 0.0028.
    expect(repeats / 20_000).toBeCloseTo(0.8, 2);
  });

  it("draws row i alike alone and beside others", async () => {
    const all = await sampleAutoregressive(chain, { batch: 4, start: 0, seed: 3 });
    const last = await sampleAutoregressive(chain, { batch: 1, start: 0, seed: 3, first: 3 });
    expect(last).toEqual(all.slice(18));
  });
});

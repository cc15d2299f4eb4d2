import { describe, expect, it } from "vitest";
import { type RandomStream, randomStream } from "../../base/random.js";
import { chiSquared } from "../chiSquared.fixture.js";
import { gumbelFloat32Row } from "./gumbelFloat32.js";

/** Tokens of probability 1 − 1e-5 and 1e-5, and the mask. */
const rare = Float32Array.of(Math.log(1 - 1e-5), Math.log(1e-5), 0);

/** The best noise there is for the rare token, and ordinary noise for the others. */
const luckiest: RandomStream = {
  ...randomStream(1),
  uniforms: () => Float64Array.of(0.5, 1 - 2 ** -53, 0.5),
};

describe("float32 Gumbel draws", () => {
  it("never reveal a rare token in a short step, by the luckiest noise; in a long one they may", () => {
    const row = gumbelFloat32Row(luckiest, 1);
    expect(row.token(rare, 0, 3, 0, 1 / 1024)).toBe(2);
    expect(row.token(rare, 0, 3, 0, 1 / 4)).toBe(1);
  });

  it("have the right law where no token is rare, the mask being what is left", () => {
    const logits = Float32Array.from([0.5, 0.3, 0.2].map(Math.log).concat(9));
    const row = gumbelFloat32Row(randomStream(2), 1);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      const token = row.token(logits, 0, 4, 0, 0.4);
      counts[token] = (counts[token] as number) + 1;
    }
    const { statistic, limit } = chiSquared(counts, [0.2, 0.12, 0.08, 0.6]);
    expect(statistic).toBeLessThan(limit);
  });
});

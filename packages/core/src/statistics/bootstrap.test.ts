import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { bootstrap } from "./bootstrap.js";
import { mean, meanWithStderr } from "./mean.js";

describe("the bootstrap", () => {
  const values = Array.from(randomStream(1).normals(200));
  const meanOf = (indices: Int32Array) => mean(Array.from(indices, (i) => values[i] as number));
  const options = () => ({ random: randomStream(2), resamples: 2000 });

  it("gives a mean the interval that theory gives it, and the same one each time", () => {
    const { value, stderr } = meanWithStderr(values);
    const interval = bootstrap(200, meanOf, options());
    expect(interval?.mean).toBeCloseTo(value, 12);
    expect(interval?.low).toBeCloseTo(value - 1.96 * stderr, 1);
    expect((interval?.high as number) - (interval?.low as number)).toBeCloseTo(2 * 1.96 * stderr, 1);
    expect(bootstrap(200, meanOf, options())).toEqual(interval);
  });

  it("is wider at a higher level, and refuses too few items and a statistic that often does not exist", () => {
    const width = (level: number) => {
      const { low, high } = bootstrap(200, meanOf, { ...options(), level }) as { low: number; high: number };
      return high - low;
    };
    expect(width(0.99)).toBeGreaterThan(1.2 * width(0.9));
    expect(bootstrap(7, meanOf, options())).toBeUndefined();
    expect(bootstrap(20, (indices) => (indices[0] === 0 ? 1 : undefined), options())).toBeUndefined();
  });
});

/** A sampler of one's own: the positions from left to right, an equal share of them a step. */
import { defineSampler, drawTokenBy, revealedAfter } from "@sdtt/core/sampler";

export default defineSampler({
  name: "left-to-right",
  version: 1,
  row(numSteps, law, { draw }) {
    let count: number | undefined;
    return {
      plan({ masked }, step) {
        count ??= masked.length;
        return {
          asked: masked.slice(0, revealedAfter(step, numSteps, count) - revealedAfter(step - 1, numSteps, count)),
        };
      },
      tokens: (asked, { data, offset, size }) =>
        asked.map((_, k) => drawTokenBy(law, data, offset + k * size, size, draw.uniform())),
    };
  },
});

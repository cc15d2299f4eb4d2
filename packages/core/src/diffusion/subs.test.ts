import { expect, it } from "vitest";
import { float32 } from "../base/tensor.js";
import { openEngine } from "../engine/open.js";
import { subsLogProbs, withoutMask } from "./subs.js";

const engine = await openEngine("onnx", { threads: 1 });
const logits = float32([2, 3], [0, Math.log(3), 50, -4, -4, 7]);

it("shares all probability among the tokens, and none of it for the mask", async () => {
  const program = await engine.compile(({ x }) => ({ y: subsLogProbs(x as never) }), {
    name: "subs",
    inputs: { x: logits },
  });
  const logProbs = (await program.run({ x: logits })).y?.data as Float32Array;
  [1 / 4, 3 / 4, 0, 1 / 2, 1 / 2, 0].forEach((p, i) => {
    expect(Math.exp(logProbs[i] as number)).toBeCloseTo(p, 6);
  });
  expect(logProbs[2]).toBeLessThan(-9e5);
});

it("leaves the logits of tokens as they are", async () => {
  const program = await engine.compile(({ x }) => ({ y: withoutMask(x as never) }), {
    name: "mask",
    inputs: { x: logits },
  });
  const out = (await program.run({ x: logits })).y?.data as Float32Array;
  expect([0, 1, 3, 4].map((i) => out[i])).toEqual([0, 1, 3, 4].map((i) => logits.data[i]));
});

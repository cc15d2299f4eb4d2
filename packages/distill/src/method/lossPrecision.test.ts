import { openEngine } from "@sdtt/core/engine";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { asLossSees } from "./lossPrecision.js";

/** The upper 16 bits of a float32, rounded to nearest. */
function upperHalf(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  const word = bits[0] as number;
  bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer)[0] as number;
}

const values = [0, -0.1, -1 / 3, -2.5, -7.123, -11.999, -88.8, 1e-7, 12345.678, -1e6];
const slope = Float32Array.from(values, (_, i) => 0.37 * (i + 1));

describe.each(["reference", "onnx"] as const)("the loss on %s", (name) => {
  const run = async (precision: "float32" | "bfloat16") => {
    const engine = await openEngine(name, { threads: 1 });
    const spec = { shape: [1, values.length], dtype: "float32" } as const;
    const program = await engine.compile(
      ({ x, dy }) => {
        const f = (at: tf.Tensor) => tf.sum(tf.mul(asLossSees[precision](at), dy as tf.Tensor));
        return { y: asLossSees[precision](x as tf.Tensor), dx: tf.grad(f)(x as tf.Tensor) };
      },
      { name: "precision", inputs: { x: spec, dy: spec } },
    );
    const { y, dx } = await program.run({
      x: { ...spec, data: Float32Array.from(values) },
      dy: { ...spec, data: slope },
    });
    program.dispose();
    return { y: Array.from(y?.data ?? []), dx: Array.from(dx?.data ?? []) };
  };

  it("sees log-probabilities and sends gradients back in bfloat16, value for value", async () => {
    const { y, dx } = await run("bfloat16");
    expect(y).toEqual(values.map((x) => upperHalf(x)));
    expect(dx).toEqual(Array.from(slope, upperHalf));
  });

  it("sees them as they are in float32", async () => {
    const { y, dx } = await run("float32");
    expect(y).toEqual(Array.from(Float32Array.from(values)));
    expect(dx).toEqual(Array.from(slope));
  });
});

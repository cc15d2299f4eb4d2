/**
 * @file The machine's matrix rate: what a plan turns operations into time with.
 */
import * as tf from "@tensorflow/tfjs-core";
import { randomStream } from "../base/random.js";
import { float32 } from "../base/tensor.js";
import type { Engine } from "../engine/contract.js";

/** GFLOP/s of a square float32 product in the engine, after a warm-up; neighbours on the machine slow the median. */
export async function matrixRates(engine: Engine, repeats: number): Promise<{ median: number; best: number }> {
  const size = engine.name === "reference" ? 128 : 1024;
  const square = { shape: [size, size], dtype: "float32" as const };
  const fn = ({ a, b }: Record<string, tf.Tensor>) => ({ c: tf.sum(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)) });
  const program = await engine.compile(fn, { name: "gemm", inputs: { a: square, b: square } });
  const values = float32([size, size], randomStream(0, "gemm").normals(size * size));
  const times: number[] = [];
  for (let i = 0; i <= repeats; i++) {
    const start = performance.now();
    await program.run({ a: values, b: values });
    if (i > 0) times.push(performance.now() - start);
  }
  program.dispose();
  times.sort((a, b) => a - b);
  const rate = (i: number) => (2 * size ** 3) / (times[i] as number) / 1e6;
  return { median: rate(Math.floor(times.length / 2)), best: rate(0) };
}

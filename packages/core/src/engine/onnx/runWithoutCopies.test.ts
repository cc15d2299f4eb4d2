import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { float32 } from "../../base/tensor.js";
import { loadRuntime } from "./runtime.js";
import { avoidsCopies, measuredVersion } from "./runWithoutCopies.js";
import { onnxEngine } from "./session.js";

const size = 2 ** 20;
const spec = { shape: [size], dtype: "float32" } as const;

/** What 20 runs of a program leave in arrays of their own, and its last results. */
async function twentyRuns(copies?: boolean) {
  const engine = await onnxEngine({ threads: 1, ...(copies === undefined ? {} : { copies }) });
  const program = await engine.compile(
    ({ x, total }) => ({ y: tf.mul(x as tf.Tensor, 3), total: tf.add(total as tf.Tensor, x as tf.Tensor) }),
    { name: "sums", inputs: { x: spec }, state: { total: spec } },
  );
  program.load({ total: float32([size]) });
  const x = float32(
    [size],
    Float32Array.from({ length: size }, (_, i) => i / 7),
  );
  const y = new Float32Array(size);
  await program.run({ x }, { y });
  await program.run({ x }, { y });
  const before = process.memoryUsage().arrayBuffers;
  for (let run = 0; run < 20; run++) await program.run({ x }, { y });
  const grown = process.memoryUsage().arrayBuffers - before;
  const { total } = await program.state();
  program.dispose();
  return { y, total: total?.data as Float32Array, grown };
}

it("is of onnxruntime-node 1.30.0, which is what package.json pins and what is installed", async () => {
  expect(measuredVersion).toBe("1.30.0");
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"));
  expect(dependencies["onnxruntime-node"]).toBe(measuredVersion);
  expect((await loadRuntime()).env.versions.node).toBe(measuredVersion);
  expect(avoidsCopies("1.30.0")).toBe(true);
  for (const other of ["1.29.0", "1.30.1", "2.0.0", undefined]) expect(avoidsCopies(other)).toBe(false);
});

it("gives the same bytes with copies and without, and copies nothing without", async () => {
  const [without, withCopies] = [await twentyRuns(), await twentyRuns(true)];
  expect(Buffer.from(without.y.buffer).equals(Buffer.from(withCopies.y.buffer))).toBe(true);
  expect(Buffer.from(without.total.buffer).equals(Buffer.from(withCopies.total.buffer))).toBe(true);
  expect(without.y[7]).toBe(3);
  expect(without.total[7]).toBe(22);
  expect(without.grown).toBeLessThan(4 * size);
});

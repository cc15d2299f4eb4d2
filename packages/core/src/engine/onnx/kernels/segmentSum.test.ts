import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { randomStream } from "../../../base/random.js";
import { float32, int32, specsOfTensors } from "../../../base/tensor.js";
import { onnxEngine } from "../session.js";

it("rows of a segment have the same sum, byte for byte, on one thread, on two, and again", async () => {
  const [rows, width, segments] = [700, 96, 40];
  const random = randomStream(7, "segments");
  const inputs = {
    x: float32([rows, width], random.normals(rows * width)),
    ids: int32(
      [rows],
      Int32Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? 0 : (row * 17) % segments)),
    ),
  };
  const sums = await Promise.all(
    [1, 2, 2, 2].map(async (threads) => {
      const engine = await onnxEngine({ threads });
      const program = await engine.compile(
        ({ x, ids }) => ({ y: tf.unsortedSegmentSum(x as tf.Tensor, ids as tf.Tensor1D, segments) }),
        { name: "segments", inputs: specsOfTensors(inputs) },
      );
      const { y } = await program.run(inputs);
      program.dispose();
      return y?.data;
    }),
  );
  const expected = new Float64Array(segments * width);
  inputs.ids.data.forEach((id, row) => {
    for (let i = 0; i < width; i++)
      expected[id * width + i] = Number(expected[id * width + i]) + Number(inputs.x.data[row * width + i]);
  });
  expect(Math.max(...expected.map((value, i) => Math.abs(value - Number(sums[0]?.[i]))))).toBeLessThan(1e-4);
  for (const other of sums.slice(1)) expect(other).toEqual(sums[0]);
});

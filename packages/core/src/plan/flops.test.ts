import "../engine/tfjs.js";
import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { type Specs, sizeOf } from "../base/tensor.js";
import { nllLoss } from "../diffusion/nelbo.js";
import type { TensorFunction } from "../engine/contract.js";
import { liveNodes, type Node, type Value } from "../engine/onnx/graph.js";
import { trace } from "../engine/onnx/trace.js";
import { storedBlocks } from "../model/dit/config.js";
import { logitsAt } from "../model/logits.js";
import { type ModelConfig, modelParameters } from "../model/presets.js";
import { specsOf } from "../nn/params.js";
import { wholeLoss } from "../optim/headLoss.js";
import { gradientsOf } from "../optim/update.js";
import {
  askedTrunkFlops,
  headFlops,
  roundUpdateFlops,
  samplingFlops,
  trainedShare,
  trunkFlops,
  updateFlops,
} from "./flops.js";

const tiny: ModelConfig = {
  ...{ kind: "dit", vocabSize: 3, width: 4, blocks: 1, heads: 1, length: 2, conditioning: 2 },
  ...{ dropout: 0, causal: false },
};

describe("counted by hand: one block, two tokens, D = 4, V = 3", () => {
  it("the trunk is the sum of its six products", () => {
    const products = [
      [2, 4, 12], // q, k, v: [2, 4] · [4, 12]
      [2, 4, 2], // scores: [2, 4] · [4, 2]
      [2, 2, 4], // mix: [2, 2] · [2, 4]
      [2, 4, 4], // out
      [2, 4, 16], // up
      [2, 16, 4], // down
    ] as const;
    const byHand = products.reduce((sum, [m, k, n]) => sum + 2 * m * k * n, 0);
    expect(byHand).toBe(832);
    expect(trunkFlops(tiny, 1)).toBe(byHand);
    expect(trunkFlops(tiny, 5)).toBe(5 * byHand);
  });

  it("the head is one product, at the positions given", () => {
    expect(headFlops(tiny, 2)).toBe(2 * 2 * 4 * 3);
  });

  /** The last block's out, up and down for one token. */
  const end = 2 * (4 * 4 + 4 * 16 + 16 * 4);

  it("a denoiser's last block leaves out what it is not asked about, a GPT-2's does not", () => {
    expect(askedTrunkFlops(tiny, 1, 2)).toBe(832);
    expect(askedTrunkFlops(tiny, 1, 1)).toBe(832 - end);
    expect(askedTrunkFlops({ ...tiny, kind: "gpt2" } as ModelConfig, 1, 1)).toBe(832);
  });

  it("an update is three forward passes ending at five eighths, a round's adds the teacher's", () => {
    const head = trainedShare * 2 * 24;
    const unasked = (1 - trainedShare) * 2 * end;
    expect(updateFlops(tiny, 1)).toBe(3 * (832 - unasked + head));
    expect(updateFlops({ ...tiny, kind: "dit", causal: true } as ModelConfig, 1)).toBe(3 * (832 + 2 * 24));
    expect(roundUpdateFlops(tiny, 1, 2)).toBe(3 * (832 - unasked + head) + 2 * 832 - unasked - 2 * end + head);
  });

  it("sampling never evaluates the network more often than there are tokens", () => {
    expect(samplingFlops(tiny, 1, 1)).toBe(832 + 48);
    expect(samplingFlops(tiny, 1, 2)).toBe(2 * 832 - 2 * end + 48);
    expect(samplingFlops(tiny, 1, 1024)).toBe(2 * 832 - 2 * end + 48);
  });
});

/** A product with ones, or with which rows are alike: a sum that is written as one. */
const isSum = ([left]: readonly Value[]): boolean => left?.fill !== undefined || left?.node?.op === "Cast";

/** 2·m·k·n of a product's node, 0 for any other. */
function flopsOf({ op, inputs, outputs, attributes }: Node): number {
  if (!["MatMul", "FusedMatMul", "Gemm"].includes(op) || isSum(inputs)) return 0;
  const common = inputs[0]?.shape.at(attributes.transA ? -2 : -1) as number;
  return 2 * common * sizeOf(outputs[0]?.shape ?? []);
}

function tracedFlops(model: ModelConfig, fn: TensorFunction, inputs: Specs): number {
  const { outputs } = trace(fn, { name: "flops", inputs, state: specsOf(modelParameters(model)) });
  return liveNodes([...outputs.values()]).reduce((sum, node) => sum + flopsOf(node), 0);
}

describe.each([
  ["a denoiser", { ...tiny, vocabSize: 50, width: 32, blocks: 2, heads: 2, length: 64 } as ModelConfig],
  [
    "a denoiser with copies of its last block",
    { ...tiny, vocabSize: 50, width: 32, blocks: 2, heads: 2, length: 64, decoders: 3 } as ModelConfig,
  ],
  ["a judge", { kind: "gpt2", vocabSize: 50, width: 32, blocks: 2, heads: 2, length: 64 } as ModelConfig],
])("counted in the traced graph of %s", (_, model) => {
  const [rows, positions] = [3, 40];
  const int = (...shape: number[]) => ({ shape, dtype: "int32" as const });
  const inputs: Specs = {
    ids: int(rows, model.length),
    positions: int(positions),
    targets: int(positions),
    weights: { shape: [positions], dtype: "float32" },
  };
  const C = model.kind === "dit" ? model.conditioning : 0;
  const { width: D } = model;
  const blocks = model.kind === "dit" ? storedBlocks(model) : model.blocks;
  const folding = C === 0 ? 0 : 2 * (256 * C + C * C + C * (6 * D * blocks + 2 * D));
  const forward = askedTrunkFlops(model, rows, positions) + headFlops(model, positions);

  it("forward is the formula, and what folding the conditioning takes", () => {
    const fn: TensorFunction = (given) => {
      return { logits: logitsAt(given, model, given.ids as tf.Tensor, given.positions as tf.Tensor) };
    };
    expect(tracedFlops(model, fn, inputs)).toBe(forward + folding);
  });

  it("forward and backward are three times that, to 1 %", () => {
    const names = Object.keys(modelParameters(model));
    const fn: TensorFunction = (given) => {
      const params = Object.fromEntries(names.map((name) => [name, given[name] as tf.Tensor]));
      const { loss, gradients } = gradientsOf(wholeLoss(nllLoss(model)))(params, given);
      return { loss, ...gradients };
    };
    const counted = tracedFlops(model, fn, inputs);
    expect(Math.abs(counted / (3 * forward) - 1)).toBeLessThan(0.01);
  });
});

/**
 * @file Kernels of this project, each one ONNX operator; the layers in `nn` give their gradients.
 */

import type { FusedKernel } from "../../traced.js";
import type { Body, Value } from "../graph.js";
import { reshape } from "./arrange.js";
import { softmax } from "./combine.js";
import { type KernelRule, one, same } from "./rule.js";

export const fusedRules = {
  /** GELU in its tanh form. */
  FusedGelu: (graph, { x }) =>
    one(graph.add("Gelu", [x as Value], [same(x as Value)], { attributes: { approximate: "tanh" } })),
  FusedLayerNorm: (graph, { x, gain, bias }, { epsilon }) => {
    const value = x as Value;
    const rows = { shape: [...value.shape.slice(0, -1), 1], dtype: "float32" as const };
    const operands = [value, gain as Value, ...(bias ? [bias] : [])];
    const attributes = { axis: -1, epsilon: { float: Number(epsilon) } };
    return graph.add("LayerNormalization", operands, [same(value), rows, rows], { attributes });
  },
  /** x · weightᵀ + bias. */
  FusedLinear: (graph, { x, weight, bias }) => {
    const [value, matrix] = [x as Value, weight as Value];
    const output = same(value, [value.shape[0] as number, matrix.shape[0] as number]);
    return one(graph.add("Gemm", [value, matrix, bias as Value], [output], { attributes: { transB: 1 } }));
  },
  /** A body run for each block of its inputs [n, …]; its results are put together again. */
  FusedBlocks: (graph, inputs, { body }) => {
    const { inputs: own, outputs } = body as Body;
    const whole = Object.values(inputs).slice(0, own.length);
    const blocks = (whole[0] as Value).shape[0] as number;
    const results = outputs.map((value) => same(value, [blocks, ...value.shape]));
    const attributes = { body: { body: body as Body }, num_scan_inputs: own.length };
    return graph.add("Scan", whole, results, { attributes });
  },
  FusedLogSoftmax: (graph, inputs, attrs) => softmax("LogSoftmax")(graph, inputs, attrs),
  FusedRotary: (graph, { x, cos, sin }) => {
    const value = x as Value;
    const position = graph.constant(BigInt64Array.of(0n), [1], "int64");
    const operands = [value, position, cos as Value, sin as Value];
    return one(graph.add("RotaryEmbedding", operands, [same(value)], { domain: "com.microsoft" }));
  },
  /** x[n, ids[n]] for each row n. */
  FusedPick: (graph, { x, ids }) => {
    const rows = (x as Value).shape[0] as number;
    const index = reshape(graph, ids as Value, [rows, 1]);
    const picked = graph.add("GatherElements", [x as Value, index], [same(x as Value, [rows, 1])], {
      attributes: { axis: 1 },
    });
    return reshape(graph, one(picked), [rows]);
  },
} satisfies Record<FusedKernel | "FusedBlocks", KernelRule>;

/**
 * @file Products of matrices in half precision, everything else in float32: what mixed precision is to PyTorch's users.
 *
 * What is multiplied, and what comes out, is rounded to float16 or bfloat16; sums within a product are the device's, float32 on
 * every card. A device that has such products does them; on a processor, which has none, the same roundings stand around a
 * product in float32, so that what they do to a figure can be known without a card. It gains no time there.
 *
 * Weights, moments and averages stay float32. There is no scaling of losses: gradients below 6·10⁻⁸ are 0 in float16, which
 * is why bfloat16 is the one to train in.
 */

export const halfTypes = ["float16", "bfloat16"] as const;
export type HalfType = (typeof halfTypes)[number];

/** Numbers of ONNX's element types. */
const elementTypes = { float32: 1, float16: 10, bfloat16: 16 } as const;

export interface Products {
  readonly type: HalfType;
  /** Whether the device multiplies in that type itself. */
  readonly isNative: boolean;
}

/** A node as it is written. */
export interface NodeMessage {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly [more: string]: unknown;
}

const products = new Set(["MatMul", "FusedMatMul", "Gemm"]);

const cast = (from: string, to: string, type: keyof typeof elementTypes): NodeMessage => ({
  ...{ opType: "Cast", input: [from], output: [to] },
  attribute: [{ name: "to", i: elementTypes[type], type: 2 }],
});

/** `from` rounded, as `to`: in the half type where the device has it, else in float32 again. */
function rounded(from: string, to: string, { type, isNative }: Products): NodeMessage[] {
  if (isNative) return [cast(from, to, type)];
  return [cast(from, `${to}~half`, type), cast(`${to}~half`, to, "float32")];
}

/**
 * The nodes of a graph with its products in half precision.
 *
 * Holds    each value is rounded once, however many products read it; other nodes stay as they are
 */
export function inHalf(nodes: readonly NodeMessage[], form: Products): NodeMessage[] {
  const done = new Set<string>();
  // A name in a body must be none of the graph around it, which may round the same value.
  const scope = nodes.find(({ opType }) => products.has(opType))?.output[0];
  const roundedName = (name: string) => `${name}~for ${scope}`;
  return nodes.flatMap((node) => {
    if (!products.has(node.opType)) return [node];
    const fresh = [...new Set(node.input)].filter((name) => !done.has(name));
    for (const name of fresh) done.add(name);
    const [result] = node.output as [string];
    const raw = `${result}~product`;
    return [
      ...fresh.flatMap((name) => rounded(name, roundedName(name), form)),
      { ...node, input: node.input.map(roundedName), output: [raw] },
      ...(form.isNative ? [cast(raw, result, "float32")] : rounded(raw, result, form)),
    ];
  });
}

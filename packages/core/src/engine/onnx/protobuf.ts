/**
 * @file A recorded graph as the bytes of an ONNX model.
 *
 * Only the messages and fields that are written; field numbers from onnx.proto3 (ONNX 1.17, opset 21, IR version 10).
 */
import protobuf from "protobufjs";
import type { TensorData } from "../../base/tensor.js";
import {
  type Attribute,
  type Body,
  bodyOf,
  contentKey,
  type GraphDType,
  liveNodes,
  type Node,
  operands,
  type Value,
} from "./graph.js";
import { inHalf, type NodeMessage, type Products } from "./products.js";

const field = (type: string, id: number, rule?: "repeated") => ({ type, id, ...(rule && { rule }) });
const schema = protobuf.Root.fromJSON({
  nested: {
    Opset: { fields: { domain: field("string", 1), version: field("int64", 2) } },
    Dim: { fields: { dimValue: field("int64", 1) } },
    Shape: { fields: { dim: field("Dim", 1, "repeated") } },
    TensorType: { fields: { elemType: field("int32", 1), shape: field("Shape", 2) } },
    SequenceType: { fields: { elemType: field("Type", 1) } },
    Type: { fields: { tensorType: field("TensorType", 1), sequenceType: field("SequenceType", 4) } },
    ValueInfo: { fields: { name: field("string", 1), type: field("Type", 2) } },
    Tensor: {
      fields: {
        dims: field("int64", 1, "repeated"),
        dataType: field("int32", 2),
        name: field("string", 8),
        rawData: field("bytes", 9),
      },
    },
    Attribute: {
      fields: {
        name: field("string", 1),
        f: field("float", 2),
        i: field("int64", 3),
        s: field("bytes", 4),
        g: field("Graph", 6),
        ints: field("int64", 8, "repeated"),
        type: field("int32", 20),
      },
    },
    Node: {
      fields: {
        input: field("string", 1, "repeated"),
        output: field("string", 2, "repeated"),
        name: field("string", 3),
        opType: field("string", 4),
        attribute: field("Attribute", 5, "repeated"),
        domain: field("string", 7),
      },
    },
    Graph: {
      fields: {
        node: field("Node", 1, "repeated"),
        name: field("string", 2),
        initializer: field("Tensor", 5, "repeated"),
        input: field("ValueInfo", 11, "repeated"),
        output: field("ValueInfo", 12, "repeated"),
      },
    },
    Model: {
      fields: {
        irVersion: field("int64", 1),
        producerName: field("string", 2),
        graph: field("Graph", 7),
        opsetImport: field("Opset", 8, "repeated"),
      },
    },
  },
});

const elementType: Record<GraphDType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** A negative axis may have any length. */
const valueInfo = (name: string, { shape, dtype }: Value) => {
  const dim = shape.map((dimValue) => (dimValue < 0 ? {} : { dimValue }));
  return { name, type: { tensorType: { elemType: elementType[dtype], shape: { dim } } } };
};

function attribute([name, value]: [string, Attribute], names: Names): object {
  if (typeof value === "number") return { name, i: value, type: 2 };
  if (typeof value === "string") return { name, s: new TextEncoder().encode(value), type: 3 };
  if ("float" in value) return { name, f: value.float, type: 1 };
  if ("body" in value) return { name, g: bodyMessage(value.body, names), type: 5 };
  return { name, ints: value, type: 7 };
}

function fillData(value: Value): TensorData {
  const ArrayType = value.dtype === "float32" ? Float32Array : value.dtype === "int32" ? Int32Array : Uint8Array;
  return ArrayType.of(value.fill as number);
}

/** Names every value once; equal constants get one initializer. */
class Names {
  readonly #names = new Map<number, string>();
  readonly #constants = new Map<string, string>();
  readonly initializers: object[] = [];
  readonly expansions: NodeMessage[] = [];

  constructor(readonly products?: Products) {}

  set(value: Value, name: string): void {
    this.#names.set(value.id, name);
  }

  /** Names a computed value as a result; false where it cannot carry that name. */
  setResult(value: Value, name: string): boolean {
    if (!value.node || this.#names.has(value.id)) return false;
    this.set(value, name);
    return true;
  }

  of(value: Value): string {
    const known = this.#names.get(value.id);
    if (known !== undefined) return known;
    if (value.fill === undefined && !value.constant) {
      this.set(value, `v${value.id}`);
      return `v${value.id}`;
    }
    const key = contentKey(value);
    const name = this.#constants.get(key) ?? this.#constantName(value);
    this.#constants.set(key, name);
    this.set(value, name);
    return name;
  }

  #constantName(value: Value): string {
    const name = `c${value.id}`;
    if (value.fill === undefined) {
      this.#initializer(name, value.shape, value.dtype, value.constant as TensorData);
    } else if (value.shape.length === 0) {
      this.#initializer(name, [], value.dtype, fillData(value));
    } else {
      // A uniform value that some kernel needs in full is made by the graph, not stored in the model.
      this.#initializer(`${name}_one`, [], value.dtype, fillData(value));
      this.#initializer(`${name}_to`, [value.shape.length], "int64", BigInt64Array.from(value.shape, BigInt));
      this.expansions.push({ opType: "Expand", name, input: [`${name}_one`, `${name}_to`], output: [name] });
    }
    return name;
  }

  #initializer(name: string, shape: readonly number[], dtype: GraphDType, data: TensorData | BigInt64Array): void {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push({ name, dims: shape, dataType: elementType[dtype], rawData });
  }
}

const nodeMessage = (node: Node, names: Names): NodeMessage => ({
  opType: node.op,
  domain: node.domain,
  input: node.inputs.map((value) => names.of(value)),
  output: node.outputs.map((value) => names.of(value)),
  attribute: Object.entries(node.attributes).map((entry) => attribute(entry, names)),
});

/** A node with a body, without those of its results that nobody reads: the body does not compute them then. */
function withResultsRead(node: Node, isRead: (value: Value) => boolean): Node {
  const held = bodyOf(node.attributes.body);
  if (!held || node.outputs.every(isRead)) return node;
  const read = <T>(results: readonly T[]) => results.filter((_, i) => isRead(node.outputs[i] as Value));
  const body = { body: { ...held, outputs: read(held.outputs) } };
  return { ...node, attributes: { ...node.attributes, body }, outputs: read(node.outputs) };
}

/**
 * A graph of named inputs and outputs. An output is given its name where it is computed; it is copied only where that
 * value has a name already.
 */
function graphMessage(
  name: string,
  inputs: ReadonlyMap<string, Value>,
  outputs: ReadonlyMap<string, Value>,
  names: Names,
) {
  for (const [own, value] of inputs) names.set(value, own);
  const copied = [...outputs].filter(([own, value]) => !names.setResult(value, own));
  const live = liveNodes([...outputs.values()]);
  const read = new Set([...live.flatMap(operands), ...outputs.values()]);
  const nodes = live.map((node) =>
    nodeMessage(
      withResultsRead(node, (value) => read.has(value)),
      names,
    ),
  );
  const copies = copied.map(([own, value]) => ({ opType: "Identity", input: [names.of(value)], output: [own] }));
  return {
    name,
    node: [...names.expansions, ...(names.products ? inHalf(nodes, names.products) : nodes), ...copies],
    initializer: names.initializers,
    input: [...inputs].map(([own, value]) => valueInfo(own, value)),
    output: [...outputs].map(([own, value]) => valueInfo(own, value)),
  };
}

/** A body's own values are named within it; what it captures goes by its name outside. */
function bodyMessage({ inputs, outputs, captured }: Body, around: Names): object {
  const names = new Names(around.products);
  for (const [inner, outer] of captured) names.set(inner, around.of(outer));
  const named = (values: readonly Value[], what: string) =>
    new Map(values.map((value) => [`${what}${value.id}`, value]));
  return graphMessage("body", named(inputs, "i"), named(outputs, "o"), names);
}

const emptySequence = (name: string) => ({
  node: { opType: "SequenceEmpty", output: [name] },
  output: { name, type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } },
});

/**
 * The model that computes `outputs` (by name) from `inputs` (by name). Inputs that nothing reads are left out.
 *
 * @param noTensor name of a first output that is an empty sequence; `runWithoutCopies.ts` says what for
 * @param products where products of matrices are in half precision
 */
export function onnxModel(
  inputs: ReadonlyMap<string, Value>,
  outputs: ReadonlyMap<string, Value>,
  noTensor?: string,
  products?: Products,
): Uint8Array {
  const results = [...outputs.values()];
  const read = new Set([...liveNodes(results).flatMap(operands), ...results]);
  const inputsRead = new Map([...inputs].filter(([, value]) => read.has(value)));
  const { node, output, ...rest } = graphMessage("sdtt", inputsRead, outputs, new Names(products));
  const first = noTensor === undefined ? [] : [emptySequence(noTensor)];
  const graph = {
    ...rest,
    node: [...first.map((one) => one.node), ...node],
    output: [...first.map((one) => one.output), ...output],
  };
  const opsetImport = [
    { domain: "", version: 21 },
    { domain: "com.microsoft", version: 1 },
  ];
  const model = { irVersion: 10, producerName: "sdtt", graph, opsetImport };
  return schema.lookupType("Model").encode(model).finish();
}

/**
 * @file The recorded graph: values, nodes, and the three clean-ups that need no knowledge of what a kernel means.
 *
 * Equal nodes are shared as they are recorded, dead ones dropped before emission, constants deduplicated by content.
 */
import { createHash } from "node:crypto";
import type { DataTypeMap } from "@tensorflow/tfjs-core";
import { sizeOf, type TensorData } from "../../base/tensor.js";

export type GraphDType = "float32" | "int32" | "bool" | "int64";

export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: GraphDType;
  readonly node?: Node;
  /** Known values. `fill` is set instead where all of them are the same number: such a value is not materialised. */
  readonly constant?: TensorData | BigInt64Array;
  readonly fill?: number;
}

/** A graph inside a node. What it reads of the graph around it, it reads by name: `captured`, inner value to outer. */
export interface Body {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly captured: ReadonlyMap<Value, Value>;
}

export type Attribute = number | string | readonly number[] | { readonly float: number } | { readonly body: Body };

/** The graph in an attribute, if it is one. */
export const bodyOf = (value: Attribute | undefined): Body | undefined =>
  typeof value === "object" && "body" in value ? value.body : undefined;

export interface Node {
  readonly op: string;
  readonly domain: "" | "com.microsoft";
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: Value[];
}

interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: GraphDType;
}

/** Constants of up to this many values are told apart by their values, larger ones by a hash. */
const smallConstant = 64;

const hashOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("base64");

export class Graph {
  readonly #shared = new Map<string, Node>();
  /** Large constants by content: without them a pass that is recorded twice would not be the same pass. */
  readonly #constants = new Map<string, Value>();
  /** Ids are told apart over a graph and all bodies in it, because names must be. */
  readonly #ids: { next: number };

  constructor(around?: Graph) {
    this.#ids = around ? around.#ids : { next: 0 };
  }

  input(shape: readonly number[], dtype: GraphDType): Value {
    return { id: this.#ids.next++, shape, dtype };
  }

  constant(data: TensorData | BigInt64Array, shape: readonly number[], dtype: GraphDType): Value {
    const first = data[0];
    const uniform = dtype !== "int64" && data.length > 0 && data.every((x) => Object.is(x, first));
    if (uniform) return this.fill(Number(first), shape, dtype);
    const key = data.length > smallConstant ? `${dtype}:${shape}:${hashOf(data)}` : undefined;
    const known = key && this.#constants.get(key);
    if (known) return known;
    const value = { id: this.#ids.next++, shape, dtype, constant: data };
    if (key) this.#constants.set(key, value);
    return value;
  }

  fill(value: number, shape: readonly number[], dtype: GraphDType): Value {
    return { id: this.#ids.next++, shape, dtype, fill: value };
  }

  shape(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length], "int64");
  }

  /** Records one node, or returns the equal one recorded before. */
  add(op: string, inputs: readonly Value[], outputs: readonly OutputSpec[], options: Partial<Node> = {}): Value[] {
    const { attributes = {}, domain = "" } = options;
    const key = keyOf({ domain, op, inputs, attributes }, outputs, contentKey);
    const known = this.#shared.get(key);
    if (known) return known.outputs;
    const node: Node = { op, domain, inputs, attributes, outputs: [] };
    for (const { shape, dtype } of outputs) node.outputs.push({ id: this.#ids.next++, shape, dtype, node });
    this.#shared.set(key, node);
    return node.outputs;
  }
}

type Keyed = Omit<Node, "outputs">;

/** Nodes with the same key compute the same. */
function keyOf(node: Keyed, outputs: readonly OutputSpec[], keyOfValue: (value: Value) => string): string {
  const specs = outputs.map(({ shape, dtype }) => [shape, dtype]);
  const attributes = Object.entries(node.attributes).map(([name, value]) => {
    const body = bodyOf(value);
    return [name, body ? bodyKey(body) : value];
  });
  return JSON.stringify([node.domain, node.op, node.inputs.map(keyOfValue), attributes, specs]);
}

/** The same for two bodies that compute the same: their own values are counted from the start of the body. */
function bodyKey({ inputs, outputs, captured }: Body): string {
  const own = new Map<Value, string>();
  for (const [inner, outer] of captured) own.set(inner, `outer ${contentKey(outer)}`);
  for (const input of inputs) own.set(input, `input ${own.size}`);
  const keyOfValue = (value: Value) => own.get(value) ?? contentKey(value);
  const nodes = liveNodes(outputs).map((node) => {
    const key = keyOf(node, node.outputs, keyOfValue);
    for (const output of node.outputs) own.set(output, `value ${own.size}`);
    return key;
  });
  return [...nodes, ...outputs.map(keyOfValue)].join();
}

/** What a node reads: its inputs, and what the bodies in it capture. */
export function operands(node: Node): readonly Value[] {
  const bodies = Object.values(node.attributes).flatMap((value) => bodyOf(value) ?? []);
  if (bodies.length === 0) return node.inputs;
  return [...node.inputs, ...bodies.flatMap(({ captured }) => [...captured.values()])];
}

/** Values with the same content have the same key; inputs and node outputs are only equal to themselves. */
export function contentKey(value: Value): string {
  if (value.fill !== undefined) return `${value.dtype}:${value.shape}=${Object.is(value.fill, -0) ? "-0" : value.fill}`;
  if (value.constant && sizeOf(value.shape) <= smallConstant)
    return `${value.dtype}:${value.shape}:${value.constant.join()}`;
  return `#${value.id}`;
}

/** The nodes that `outputs` depend on, in an order in which they can run. */
export function liveNodes(outputs: readonly Value[]): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  const visit = (root: Node) => {
    const stack: [Node, number, readonly Value[]][] = [[root, 0, operands(root)]];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as [Node, number, readonly Value[]];
      const [node, next, read] = top;
      const input = read[next];
      if (done.has(node)) stack.pop();
      else if (!input) {
        done.add(node);
        order.push(node);
        stack.pop();
      } else {
        top[1]++;
        if (input.node && !done.has(input.node)) stack.push([input.node, 0, operands(input.node)]);
      }
    }
  };
  for (const value of outputs) if (value.node) visit(value.node);
  return order;
}

export type TfDType = keyof DataTypeMap;

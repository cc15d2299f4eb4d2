/**
 * @file Scalars of TensorBoard's event files, as PyTorch's SummaryWriter, TensorFlow 2, Lightning or Keras write them.
 *
 * Two forms of a scalar are read: `simple_value`, and a tensor of one number with the plugin's name. All else (graphs, images,
 * histograms, text) is left alone. The few fields that matter are read from the wire format by hand.
 * Source   tensorboard/compat/proto/{event,summary,tensor}.proto
 */
import { records } from "./tfRecord.js";

/** One number of a series. */
export interface Scalar {
  readonly name: string;
  readonly step: number;
  readonly value: number;
  /** Milliseconds since 1970; null where nobody kept it. */
  readonly at: number | null;
}

interface Field {
  readonly id: number;
  readonly wire: number;
  readonly bytes: Uint8Array;
  readonly number: bigint;
}

const none = new Uint8Array(0);

function varint(bytes: Uint8Array, start: number): [value: bigint, next: number] {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length; at++, shift += 7n) {
    const byte = bytes[at] as number;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
  return [value, bytes.length];
}

/** The fields of a message; what follows a wire type that there is not is left out. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length; ) {
    const [key, next] = varint(bytes, at);
    const [id, wire] = [Number(key >> 3n), Number(key & 7n)];
    if (wire === 0) {
      const [number, after] = varint(bytes, next);
      yield { id, wire, bytes: none, number };
      at = after;
      continue;
    }
    const [length, start] = wire === 2 ? varint(bytes, next) : [BigInt(wire === 1 ? 8 : wire === 5 ? 4 : -1), next];
    if (length < 0n || start + Number(length) > bytes.length) return;
    at = start + Number(length);
    yield { id, wire, bytes: bytes.subarray(start, at), number: 0n };
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const text = new TextDecoder();

/** Numbers of a tensor by field or by content; only those of one element are scalars. */
function tensorNumber(bytes: Uint8Array): number | undefined {
  let type = 0;
  const found: number[] = [];
  let content: Uint8Array = none;
  for (const { id, wire, bytes: part, number } of fieldsOf(bytes)) {
    if (id === 1) type = Number(number);
    else if (id === 4) content = part;
    else if (id === 5) for (let i = 0; i + 4 <= part.length; i += 4) found.push(viewOf(part).getFloat32(i, true));
    else if (id === 6) for (let i = 0; i + 8 <= part.length; i += 8) found.push(viewOf(part).getFloat64(i, true));
    else if (id === 7 || id === 10) found.push(Number(BigInt.asIntN(64, wire === 2 ? varint(part, 0)[0] : number)));
  }
  if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  if (type === 1 && content.length === 4) return viewOf(content).getFloat32(0, true);
  if (type === 2 && content.length === 8) return viewOf(content).getFloat64(0, true);
  if (type === 3 && content.length === 4) return viewOf(content).getInt32(0, true);
  if (type === 9 && content.length === 8) return Number(viewOf(content).getBigInt64(0, true));
  return undefined;
}

/** `Summary.Value`: its tag and, where it is a scalar, its number. */
function numberOf(bytes: Uint8Array): { readonly name: string; readonly value: number } | undefined {
  let name = "";
  let value: number | undefined;
  for (const { id, bytes: part } of fieldsOf(bytes)) {
    if (id === 1) name = text.decode(part);
    else if (id === 2 && part.length === 4) value = viewOf(part).getFloat32(0, true);
    else if (id === 8) value = tensorNumber(part);
  }
  return value === undefined || name === "" ? undefined : { name, value };
}

function* scalarsOfEvent(bytes: Uint8Array): Generator<Scalar> {
  let [at, step]: [number | null, number] = [null, 0];
  const summaries: Uint8Array[] = [];
  for (const { id, bytes: part, number } of fieldsOf(bytes)) {
    if (id === 1 && part.length === 8) at = 1000 * viewOf(part).getFloat64(0, true);
    else if (id === 2) step = Number(BigInt.asIntN(64, number));
    else if (id === 5) summaries.push(part);
  }
  for (const summary of summaries) {
    for (const { id, bytes: part } of fieldsOf(summary)) {
      const found = id === 1 ? numberOf(part) : undefined;
      if (found) yield { ...found, step, at };
    }
  }
}

/** Throws UserError for a file that is damaged or none of TensorBoard's. */
export function eventScalars(where: string, bytes: Uint8Array): Scalar[] {
  return [...records(where, bytes)].flatMap((record) => [...scalarsOfEvent(record)]);
}

/** @file Bytes that are not what they were: cut off, turned, left out, put in, twice. */
import type { RandomStream } from "@sdtt/core/base";
import { oneOf } from "./target.js";

type Damage = (bytes: Buffer, random: RandomStream) => Buffer;

const place = (bytes: Buffer, random: RandomStream) => random.integer(bytes.length + 1);
const odd = [
  "\0",
  "\xff",
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  "\n",
  "\r",
  "-1",
  "99999999999999999999",
  "null",
  "\xed\xa0\x80",
];

const cutOff: Damage = (bytes, random) => bytes.subarray(0, place(bytes, random));

const damages: readonly Damage[] = [
  cutOff,
  (bytes, random) => {
    const turned = Buffer.from(bytes);
    for (let i = 0; i <= random.integer(4) && turned.length > 0; i++)
      turned[random.integer(turned.length)] = random.integer(256);
    return turned;
  },
  (bytes, random) => {
    const at = place(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.integer(20))]);
  },
  (bytes, random) => {
    const at = place(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(oneOf(random, odd), "latin1"), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const [at, from] = [place(bytes, random), place(bytes, random)];
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + 40), bytes.subarray(at)]);
  },
];

export function damaged(bytes: Uint8Array, random: RandomStream): { readonly bytes: Buffer; readonly isCut: boolean } {
  const damage = oneOf(random, damages);
  return { bytes: damage(Buffer.from(bytes), random), isCut: damage === cutOff };
}

/** Damage within the last bytes, where a footer is, or the first, where a header is. */
export function damagedAt(bytes: Uint8Array, random: RandomStream, end: "head" | "tail", size: number): Buffer {
  const all = Buffer.from(bytes);
  const at = end === "head" ? Math.min(size, all.length) : Math.max(0, all.length - size);
  const [before, after] = [all.subarray(0, at), all.subarray(at)];
  return end === "head"
    ? Buffer.concat([damaged(before, random).bytes, after])
    : Buffer.concat([before, damaged(after, random).bytes]);
}

/** @file Half precision: exact one way, nearest with ties to even the other. */
import { expect, it } from "vitest";
import { brainFromFloat32, float32FromBrain, float32FromHalf, halfFromFloat32 } from "./halfFloat.js";

const every = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const isNumber = (bits: number, exponentMask: number, fractionMask: number) =>
  (bits & exponentMask) !== exponentMask || (bits & fractionMask) === 0;
const firstDifference = (a: Uint16Array, b: Uint16Array) => a.findIndex((bits, i) => bits !== b[i]);

it("float16: every number, infinity and zero comes back with the same bits", () => {
  const numbers = every.filter((bits) => isNumber(bits, 0x7c00, 0x3ff));
  expect(firstDifference(halfFromFloat32(float32FromHalf(numbers)), numbers)).toBe(-1);
});

it("bfloat16: every number, infinity and zero comes back with the same bits", () => {
  const numbers = every.filter((bits) => isNumber(bits, 0x7f80, 0x7f));
  expect(firstDifference(brainFromFloat32(float32FromBrain(numbers)), numbers)).toBe(-1);
});

it("NaN stays NaN", () => {
  const nan = Float32Array.of(Number.NaN);
  expect(float32FromHalf(halfFromFloat32(nan))).toEqual(nan);
  expect(float32FromBrain(brainFromFloat32(nan))).toEqual(nan);
  const signalling = new Float32Array(Uint32Array.of(0x7f800001).buffer);
  expect(float32FromBrain(brainFromFloat32(signalling))).toEqual(nan);
});

/** The nearest of all numbers of a format, the even one of two; found by trying them. */
function nearest(value: number, numbers: Float32Array, bitsOf: Uint16Array): number {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) {
    const [old, now] = [best, i].map((j) => Math.abs((numbers[j] as number) - value)) as [number, number];
    if (now < old || (now === old && ((bitsOf[i] as number) & 1) === 0)) best = i;
  }
  return numbers[best] as number;
}

it.each([
  ["float16", halfFromFloat32, float32FromHalf, 0x7c00, 0x3ff],
  ["bfloat16", brainFromFloat32, float32FromBrain, 0x7f80, 0x7f],
] as const)("%s: any other number becomes the nearest, ties to even", (_, narrow, widen, exponent, fraction) => {
  const bits = every.filter((b) => b < 0x8000 && (b & exponent) !== exponent && isNumber(b, exponent, fraction));
  const numbers = widen(bits);
  const between = [1, 37, 500, 1023, 1024, 1025, 9000, 15_360, 15_361, 20_000].flatMap((i) => {
    const [low, high] = [numbers[i] as number, numbers[i + 1] as number];
    return [low + (high - low) * 0.5, low + (high - low) * 0.25, low + (high - low) * 0.75];
  });
  const values = Float32Array.from(between);
  const expected = Array.from(values, (value) => nearest(value, numbers, bits));
  expect(Array.from(widen(narrow(values)))).toEqual(expected);
  expect(Array.from(widen(narrow(values.map((x) => -x))))).toEqual(expected.map((x) => -x));
});

it("float16: what is beyond 65 504 and a half becomes infinite, bfloat16 keeps it", () => {
  const values = Float32Array.of(65_519, 65_520, -1e30);
  expect([...float32FromHalf(halfFromFloat32(values))]).toEqual([65_504, Infinity, -Infinity]);
  expect(float32FromBrain(brainFromFloat32(values)).every(Number.isFinite)).toBe(true);
});

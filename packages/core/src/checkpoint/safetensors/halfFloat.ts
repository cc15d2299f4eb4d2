/**
 * @file float16 and bfloat16 ↔ float32, whole arrays at a time.
 *
 * Widening is exact; narrowing takes the nearest value, ties to even, as IEEE 754 and the usual tensor libraries do.
 * A table of all 65 536 halves (256 KiB, made when first needed) is several times faster than arithmetic on each.
 */

/** Bits of 0.5: added to a small number, it pushes all below 2⁻²⁴ out of float32's fraction, rounding to even. */
const halfBits = 0x3f000000;
let halves: Float32Array | undefined;

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

export function float32FromHalf(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, i) => halfValue(i));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i] as number] as number;
  return values;
}

export function float32FromBrain(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16;
  return new Float32Array(words.buffer);
}

/** Holds    a number beyond 65 504 becomes infinite */
export function halfFromFloat32(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  const scratch = new Float32Array(1);
  const scratchBits = new Uint32Array(scratch.buffer);
  for (let i = 0; i < values.length; i++) {
    const word = words[i] as number;
    const size = word & 0x7fffffff;
    let half: number;
    if (size > 0x7f800000) half = 0x7e00;
    else if (size >= 0x477ff000) half = 0x7c00;
    else if (size >= 0x38800000) half = (size - 0x38000000 + 0xfff + ((size >> 13) & 1)) >> 13;
    else {
      scratch[0] = Math.abs(values[i] as number) + 0.5;
      half = (scratchBits[0] as number) - halfBits;
    }
    bits[i] = ((word >>> 16) & 0x8000) | half;
  }
  return bits;
}

export function brainFromFloat32(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = words[i] as number;
    const isNumber = (word & 0x7fffffff) <= 0x7f800000;
    bits[i] = isNumber ? (word + 0x7fff + ((word >>> 16) & 1)) >>> 16 : (word >>> 16) | 0x40;
  }
  return bits;
}

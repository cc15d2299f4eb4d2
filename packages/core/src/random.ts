/**
 * @file Seeded, counter-based randomness: every draw of the project comes from here.
 *
 * A stream is ChaCha20 under a key hashed from (seed, purpose, round, update, …), so a draw depends on what it is for
 * and not on what was drawn before it. That is what makes a resumed run equal an uninterrupted one, byte for byte.
 * Rejected: a sequential generator (xoshiro), whose position would have to be saved for each purpose.
 */
import { chacha20 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";

export interface RandomStream {
  /** In [0, 1), 53 bits. */
  uniform(): number;
  uniforms(count: number): Float64Array;
  bytes(count: number): Uint8Array;
  /** Bytes `offset` … `offset + count` − 1 of the stream, wherever drawing has come to; drawing does not move on. */
  bytesAt(offset: number, count: number): Uint8Array;
  /** Uniform on 0 … below − 1 (bias below 2⁻⁵³ · below). */
  integer(below: number): number;
  permutation(count: number): Int32Array;
  /** Independent N(0, 1), by Box–Muller. */
  normals(count: number): Float32Array;
}

const chunkBytes = 4096;
/** Even; bounds what is drawn ahead for a large matrix, and changes no value. */
const normalsAtOnce = 65_536;

/** The stream of `key` under `seed`: the same arguments give the same draws on every machine. */
export function randomStream(seed: number, ...key: readonly (string | number)[]): RandomStream {
  const secret = sha256(new TextEncoder().encode(JSON.stringify([seed, ...key])));
  const nonce = new Uint8Array(12);
  let counter = 0;
  let chunk = new Uint8Array(0);
  let offset = 0;

  const bytes = (count: number): Uint8Array => {
    const out = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (offset === chunk.length) {
        const size = Math.max(chunkBytes, Math.ceil((count - filled) / 64) * 64);
        chunk = chacha20(secret, nonce, new Uint8Array(size), undefined, counter);
        counter += size / 64;
        offset = 0;
      }
      const taken = Math.min(count - filled, chunk.length - offset);
      out.set(chunk.subarray(offset, offset + taken), filled);
      filled += taken;
      offset += taken;
    }
    return out;
  };
  const bytesAt = (from: number, count: number): Uint8Array => {
    const first = Math.floor(from / 64);
    const blocks = new Uint8Array(Math.ceil((from + count) / 64) * 64 - first * 64);
    return chacha20(secret, nonce, blocks, undefined, first).subarray(from - 64 * first, from - 64 * first + count);
  };
  const words = (count: number): Uint32Array => new Uint32Array(bytes(4 * count).buffer);
  const uniforms = (count: number): Float64Array => {
    const pairs = words(2 * count);
    return Float64Array.from({ length: count }, (_, i) => {
      const high = (pairs[2 * i] as number) >>> 5;
      const low = (pairs[2 * i + 1] as number) >>> 6;
      return (high * 67108864 + low) / 9007199254740992;
    });
  };
  const uniform = (): number => uniforms(1)[0] as number;
  const integer = (below: number): number => Math.floor(uniform() * below);

  return {
    uniform,
    uniforms,
    bytes,
    bytesAt,
    integer,
    permutation(count) {
      const order = Int32Array.from({ length: count }, (_, i) => i);
      const draws = uniforms(count);
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor((draws[i] as number) * (i + 1));
        const kept = order[i] as number;
        order[i] = order[j] as number;
        order[j] = kept;
      }
      return order;
    },
    normals(count) {
      const out = new Float32Array(count);
      for (let start = 0; start < count; start += normalsAtOnce) {
        const end = Math.min(count, start + normalsAtOnce);
        const draws = uniforms(end - start + ((end - start) % 2));
        for (let i = start; i < end; i += 2) {
          const radius = Math.sqrt(-2 * Math.log(1 - (draws[i - start] as number)));
          const angle = 2 * Math.PI * (draws[i - start + 1] as number);
          out[i] = radius * Math.cos(angle);
          if (i + 1 < end) out[i + 1] = radius * Math.sin(angle);
        }
      }
      return out;
    },
  };
}

/**
 * @file Noise for made-up stores: a number depends on its key alone, so that the same request makes the same store.
 */

/** Uniform in [0, 1): the key's numbers mixed as in the finaliser of MurmurHash3. */
export function uniform(...key: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of key) {
    hash = Math.imul(hash ^ Math.floor(part), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}

/** Roughly standard normal: the sum of six uniforms, scaled. */
export function normal(...key: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < 6; i++) sum += uniform(...key, i);
  return (sum - 3) * Math.SQRT2;
}

export function pick<T>(choices: readonly T[], ...key: readonly number[]): T {
  return choices[Math.floor(uniform(...key) * choices.length)] as T;
}

/**
 * @file Memory that is used again. What a large array is made of comes from the system page by page, each at the first
 * write to it, and that can cost more than computing what is written: sdtt_update took an eighth longer for it.
 */

/** Room for `size` values, the same for each call, as large as the largest: its values are whatever was left there. */
export function reusedMemory(): (size: number) => Float32Array {
  let held = new Float32Array(0);
  return (size) => {
    if (held.length < size) held = new Float32Array(size);
    return held.subarray(0, size);
  };
}

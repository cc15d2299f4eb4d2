/** @file A binary heap of numbers, smallest first, in a plain array. */

export function pushSmallest(heap: number[], value: number): void {
  let i = heap.length;
  heap.push(value);
  for (let parent = (i - 1) >> 1; i > 0 && (heap[parent] as number) > value; parent = (i - 1) >> 1) {
    heap[i] = heap[parent] as number;
    i = parent;
  }
  heap[i] = value;
}

/** Takes the smallest number; undefined when there is none. */
export function takeSmallest(heap: number[]): number | undefined {
  const smallest = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return smallest;
  let i = 0;
  for (let child = 1; child < heap.length; child = 2 * i + 1) {
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
    if ((heap[child] as number) >= last) break;
    heap[i] = heap[child] as number;
    i = child;
  }
  heap[i] = last;
  return smallest;
}

/**
 * @file Rows of a text of any size, evenly spread over all of it: two walks through the text, and no more of it in memory than is wanted.
 */

/** Every so many-eth whole row, `most` at the least, where there are as many. Shapes   → of [length] */
export function spreadTextRows(pieces: () => Iterable<ArrayLike<number>>, length: number, most: number): Int32Array[] {
  let count = 0;
  for (const piece of pieces()) count += piece.length;
  const stride = Math.max(1, Math.floor(Math.floor(count / length) / most));
  const rows: Int32Array[] = [];
  let row = new Int32Array(length);
  let at = 0;
  for (const piece of pieces()) {
    for (let i = 0; i < piece.length; i++, at++) {
      row[at % length] = piece[i] as number;
      if ((at + 1) % length !== 0) continue;
      if (((at + 1) / length - 1) % stride === 0) rows.push(row);
      row = new Int32Array(length);
    }
  }
  return rows;
}

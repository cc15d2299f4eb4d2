/**
 * @file The puzzles: Latin squares and solved 4 × 4 Sudokus, all of them equally likely.
 *
 * Strongly coupled rows of few tokens: any one cell is uniform, and a few cells decide all others. Their symmetries are given
 * by generators, because a sampler that treats positions and tokens alike gives rows of one orbit the same chance.
 */
import { userError } from "@sdtt/core/base";
import { rowKey, type World } from "../world.js";

export interface Puzzle extends World {
  /** Maps of rows to rows that leave the set as it is. */
  readonly symmetries: readonly ((row: Uint8Array) => Uint8Array)[];
}

/** Cells that must hold different tokens: rows, columns, and boxes of `box` × `box` where there are any. */
function groupsOf(order: number, box?: number): number[][] {
  const cells = Array.from({ length: order * order }, (_, i) => i);
  const by = (key: (row: number, column: number) => number) =>
    Array.from({ length: order }, (_, n) => cells.filter((i) => key(Math.floor(i / order), i % order) === n));
  const boxes = box ? by((row, column) => Math.floor(row / box) * (order / box) + Math.floor(column / box)) : [];
  return [...by((row) => row), ...by((_, column) => column), ...boxes];
}

/** All fillings, cell by cell. */
function fillings(order: number, groups: readonly (readonly number[])[]): Uint8Array[] {
  const cells = order * order;
  const seenBy = Array.from({ length: cells }, (_, i) =>
    [...new Set(groups.filter((group) => group.includes(i)).flat())].filter((other) => other < i),
  );
  const found: Uint8Array[] = [];
  const row = new Uint8Array(cells);
  const fill = (i: number): void => {
    if (i === cells) {
      found.push(row.slice());
      return;
    }
    const seen = seenBy[i] as number[];
    for (let v = 0; v < order; v++) {
      if (seen.some((other) => row[other] === v)) continue;
      row[i] = v;
      fill(i + 1);
    }
  };
  fill(0);
  return found;
}

type Symmetry = (row: Uint8Array) => Uint8Array;

/** Moves whole lines: `order[k]` is the line that comes to place k. */
const withRows =
  (size: number, order: readonly number[]): Symmetry =>
  (row) =>
    row.map((_, i) => row[(order[Math.floor(i / size)] as number) * size + (i % size)] as number);
const transposed =
  (size: number): Symmetry =>
  (row) =>
    row.map((_, i) => row[(i % size) * size + Math.floor(i / size)] as number);
const renamed =
  (a: number, b: number): Symmetry =>
  (row) =>
    row.map((v) => (v === a ? b : v === b ? a : v));

/** Neighbouring lines swapped, or within boxes and box by box; columns come with the transposition. */
function symmetriesOf(size: number, box?: number): Symmetry[] {
  const lines = Array.from({ length: size }, (_, i) => i);
  const swapped = (a: number, b: number, width = 1) =>
    lines.map((i) => (i >= a && i < a + width ? i - a + b : i >= b && i < b + width ? i - b + a : i));
  const neighbours = lines.slice(1).filter((b) => !box || b % box !== 0);
  const orders = neighbours.map((b) => swapped(b - 1, b));
  if (box) for (let b = box; b < size; b += box) orders.push(swapped(b - box, b, box));
  const names = lines.slice(1).map((b) => renamed(b - 1, b));
  return [transposed(size), ...names, ...orders.map((order) => withRows(size, order))];
}

function puzzleOf(name: string, what: string, order: number, box?: number): Puzzle {
  const rows = fillings(order, groupsOf(order, box));
  const probabilities = rows.map(() => 1 / rows.length);
  return {
    name,
    what,
    tokens: order,
    length: order * order,
    rows,
    probabilities,
    symmetries: symmetriesOf(order, box),
  };
}

const puzzles = {
  latin3: () => puzzleOf("latin3", "Latin squares of order 3", 3),
  latin4: () => puzzleOf("latin4", "Latin squares of order 4", 4),
  sudoku4: () => puzzleOf("sudoku4", "solved 4 × 4 Sudokus", 4, 2),
} as const;

export const puzzleNames = Object.keys(puzzles) as (keyof typeof puzzles)[];
export type PuzzleName = (typeof puzzleNames)[number];

export const openPuzzle = (name: PuzzleName): Puzzle => puzzles[name]();

/** The numbers of rows that symmetries take into each other. Throws   UserError where a symmetry leaves the set */
export function orbitsOf({ name, rows, symmetries }: Puzzle): number[][] {
  const numbers = new Map(rows.map((row, i) => [rowKey(row), i]));
  const orbit = new Array<number>(rows.length).fill(-1);
  const orbits: number[][] = [];
  rows.forEach((_, first) => {
    if (orbit[first] !== -1) return;
    const members = [first];
    orbit[first] = orbits.length;
    for (let next = 0; next < members.length; next++) {
      for (const symmetry of symmetries) {
        const image = numbers.get(rowKey(symmetry(rows[members[next] as number] as Uint8Array)));
        if (image === undefined) throw userError(name, "a symmetry must map rows to rows", "another", "Mend it.");
        if (orbit[image] !== -1) continue;
        orbit[image] = orbits.length;
        members.push(image);
      }
    }
    orbits.push(members);
  });
  return orbits;
}

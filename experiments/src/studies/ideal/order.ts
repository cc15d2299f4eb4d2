/**
 * @file The exact teacher under a fixed order: groups of positions, each group drawn together.
 *
 * Spaced, as in dilated scheduling (DUS, arXiv 2506.19037): what is drawn together is far apart. With one position a group
 * the law is the joint's.
 */
import type { World } from "../world.js";
import { type Student, teacherOf } from "./student.js";

/** Group of each position: [L], 0 is first. */
export type Groups = readonly number[];

/** 0, ½, ¼, ¾, … : positions in the order of their place in the van der Corput sequence. */
function spacedPositions(length: number): number[] {
  const bits = Math.ceil(Math.log2(length));
  const reversed = (n: number) => Array.from({ length: bits }, (_, b) => ((n >> b) & 1) << (bits - 1 - b));
  return Array.from({ length: 2 ** bits }, (_, n) => reversed(n).reduce((sum, bit) => sum + bit, 0)).filter(
    (i) => i < length,
  );
}

/** K groups as even as can be, coarse to fine. */
export function spacedGroups(length: number, numSteps: number): Groups {
  const groups = new Array<number>(length).fill(0);
  const steps = Math.min(numSteps, length);
  spacedPositions(length).forEach((position, rank) => {
    groups[position] = Math.floor((rank * steps) / length);
  });
  return groups;
}

/** The chance of each row. Shapes   → [rows] */
export function orderedLaw(world: World, groups: Groups, teacher: Student = teacherOf(world)): number[] {
  const { tokens } = world;
  const last = Math.max(...groups);
  return world.rows.map((row) => {
    let chance = 1;
    for (let group = 0; group <= last; group++) {
      const xt = row.map((v, i) => ((groups[i] as number) < group ? v : tokens));
      const [product] = teacher(xt);
      groups.forEach((own, i) => {
        if (own === group) chance *= product?.p[i * tokens + (row[i] as number)] as number;
      });
    }
    return chance;
  });
}

/** Every way to put L positions into K groups of which none is empty. */
export function* allGroups(length: number, numSteps: number): Generator<Groups> {
  for (let n = 0; n < numSteps ** length; n++) {
    const groups = Array.from({ length }, (_, i) => Math.floor(n / numSteps ** i) % numSteps);
    if (new Set(groups).size === numSteps) yield groups;
  }
}

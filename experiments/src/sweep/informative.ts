/**
 * @file Which cell of a sweep tells most next: the one whose result the others say least about.
 *
 * A result is taken to be a sum of effects, one for each value of each axis, as a table of a sweep is read. What the cells that are done say of
 * another's is a variance x'A⁻¹x, A the sum of their x x' and a little more; the cell of the largest goes first, then the next beside it. Each choice
 * gains the most information of all single cells (ln(1 + variance)), whatever results will be: none is looked at.
 */
import { dot } from "@sdtt/core/statistics";
import type { FrozenCell } from "../cells/frozen.js";

/** What a cell's result is a sum of: 1, and 1 for each value that it has of an axis with several. */
function designOf(cells: readonly Pick<FrozenCell, "values">[]): Float64Array[] {
  const axes = [...new Set(cells.flatMap(({ values }) => Object.keys(values)))];
  const written = (cell: Pick<FrozenCell, "values">, axis: string) => JSON.stringify(cell.values[axis] ?? null);
  const effects = axes.flatMap((axis) => {
    const all = [...new Set(cells.map((cell) => written(cell, axis)))];
    return all.length < 2 ? [] : all.map((value) => ({ axis, value }));
  });
  return cells.map((cell) =>
    Float64Array.from([1, ...effects.map(({ axis, value }) => Number(written(cell, axis) === value))]),
  );
}

/** Of effects before anything is known, in units of a result's noise. */
const priorVariance = 100;

/** How much is known of sums of effects: (I / prior + Σ x x')⁻¹. */
class Knowledge {
  readonly #inverse: Float64Array[];

  constructor(size: number) {
    this.#inverse = Array.from({ length: size }, (_, i) =>
      Float64Array.from({ length: size }, (_, j) => (i === j ? priorVariance : 0)),
    );
  }

  #times = (x: Float64Array) => Float64Array.from(this.#inverse, (row) => dot(row, x));

  variance = (x: Float64Array): number => dot(x, this.#times(x));

  /** Sherman and Morrison's update. */
  learn(x: Float64Array): void {
    const own = this.#times(x);
    const scale = 1 + dot(x, own);
    this.#inverse.forEach((row, i) => {
      for (let j = 0; j < row.length; j++)
        row[j] = (row[j] as number) - ((own[i] as number) * (own[j] as number)) / scale;
    });
  }
}

export interface Informative<C> {
  readonly cell: C;
  /** Of its result before it is run, in units of a result's noise. */
  readonly variance: number;
}

/**
 * The cells that are left, the one that tells most first.
 *
 * Holds    cells that tell as much come in the order of the definition
 */
export function informativeOrder<C extends Pick<FrozenCell, "values">>(
  cells: readonly C[],
  isDone: (cell: C) => boolean,
): Informative<C>[] {
  const design = new Map(designOf(cells).map((x, i) => [cells[i] as C, x]));
  const known = new Knowledge(design.values().next().value?.length ?? 0);
  const rowOf = (cell: C) => design.get(cell) as Float64Array;
  for (const cell of cells) if (isDone(cell)) known.learn(rowOf(cell));
  const left = cells.filter((cell) => !isDone(cell));
  return Array.from({ length: left.length }, () => {
    const variances = left.map((cell) => known.variance(rowOf(cell)));
    const most = Math.max(...variances);
    const place = variances.findIndex((one) => one > most * (1 - 1e-9));
    const [cell] = left.splice(place, 1) as [C];
    known.learn(rowOf(cell));
    return { cell, variance: variances[place] as number };
  });
}

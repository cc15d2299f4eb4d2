/**
 * @file What a sweep's cells say together: how much each axis matters, and what is worth running next.
 *
 * A rule and no optimizer: each piece of advice says the figures that it rests on. Gen-PPL by itself makes no cell better, so
 * that a sweep without gains is told how much axes move it, and not which cell to take.
 */
import {
  type FactorFigure,
  formatInterval,
  formatNumber,
  holm,
  type Importances,
  importancesOf,
  mean,
  metricKind,
  pValue,
  studentQuantile,
} from "@sdtt/core/statistics";
import { type GridCell, plainValue, type Sweep } from "./sweepGrid.js";

export interface Advice {
  readonly what: string;
  readonly why: string;
}

export interface SweepFindings {
  /** What effects are of, in words. */
  readonly of: string;
  readonly scale: "log" | "linear";
  readonly importances: Importances | null;
  readonly next: readonly Advice[];
}

const nameOf = ({ axes }: Sweep, { at }: GridCell): string =>
  axes.map(({ key }, i) => `${key} = ${plainValue(at[i] ?? "null")}`).join(", ");

/** Figures on the scale on which effects add, the higher the better where there is a better way. */
interface Ranked {
  readonly cell: GridCell;
  readonly name: string;
  readonly bySeed: ReadonlyMap<string, number>;
  readonly mean: number;
}

function ranked(sweep: Sweep, isLog: boolean, sign: number): Ranked[] {
  const cells = sweep.cells.flatMap((cell): Ranked[] => {
    const usable = cell.outcomes.filter(({ value }) => Number.isFinite(value) && (!isLog || value > 0));
    const values = usable.map(({ seed, value }) => [seed, sign * (isLog ? Math.log(value) : value)] as const);
    if (values.length === 0) return [];
    return [{ cell, name: nameOf(sweep, cell), bySeed: new Map(values), mean: mean(values.map(([, value]) => value)) }];
  });
  return cells.sort((a, b) => b.mean - a.mean);
}

interface Beside {
  readonly other: Ranked;
  readonly difference: number;
  readonly half: number;
  readonly pairs: number;
  readonly p: number;
}

/** The best beside every other over the seeds that both have, all of them one family. */
function besideBest([best, ...others]: readonly Ranked[], { noise, degrees }: Importances): Beside[] {
  if (best === undefined) return [];
  const found = others.flatMap((other): Beside[] => {
    const pairs = [...best.bySeed].flatMap(([seed, own]) => {
      const theirs = other.bySeed.get(seed);
      return theirs === undefined ? [] : [own - theirs];
    });
    if (pairs.length === 0) return [];
    const [difference, stderr] = [mean(pairs), noise * Math.sqrt(2 / pairs.length)];
    const p = pValue(Math.abs(difference) / stderr, degrees);
    return [{ other, difference, half: studentQuantile(degrees) * stderr, pairs: pairs.length, p }];
  });
  const adjusted = holm(found.map(({ p }) => p));
  return found.map((one, i) => ({ ...one, p: adjusted[i] as number }));
}

const mostSeeds = 50;

/** Seeds of each that tell a difference as large as this 8 times in 10, at 5 %. */
const seedsToTell = (difference: number, noise: number): number =>
  Math.ceil((2 * (noise * (1.96 + 0.842)) ** 2) / difference ** 2);

function moreSeeds(best: Ranked, beside: readonly Beside[], { noise }: Importances, isLog: boolean): Advice[] {
  const open = beside.filter(({ p }) => p >= 0.05);
  const [next] = open;
  if (next === undefined) return [];
  const back = (x: number) => (isLog ? Math.exp(x) : x);
  const { difference, half, pairs } = next;
  const [low, high] = [back(difference - half), back(difference + half)];
  const by = `${formatNumber(back(difference))}${isLog ? " times" : ""} ${formatInterval({ low, high })} over ${pairs} ${pairs === 1 ? "seed" : "seeds"}`;
  const seeds = seedsToTell(difference, noise);
  const cost =
    seeds > mostSeeds
      ? `to tell a difference of that size takes more than ${mostSeeds} seeds of each: take the cheaper one`
      : `a difference of that size would be told 8 times in 10 with ${Math.max(2, seeds)} seeds of each`;
  const others = open.length === 1 ? "" : ` (and ${open.length - 1} more are not told from the first)`;
  return [
    {
      what: `More seeds of ${best.name} and of ${next.other.name}`,
      why: `the first is ${by} as good, not told apart by Holm for ${beside.length} comparisons; ${cost}${others}`,
    },
  ];
}

/** The next value outwards, in even steps or even ratios. */
function beyond(values: readonly number[], isTop: boolean): number {
  const [a, b] = (isTop ? values.slice(-2) : values.slice(0, 2).reverse()) as [number, number];
  const isEven = a > 0 && b > 0 && (values.at(-1) as number) / (values[0] as number) >= 4;
  return Number((isEven ? (b * b) / a : 2 * b - a).toPrecision(3));
}

/** Where the best stands at an end of an axis that matters. */
function furtherOut(sweep: Sweep, best: Ranked, { axes, levels }: Importances): Advice[] {
  return sweep.axes.flatMap(({ key, values }, i): Advice[] => {
    const numbers = values.map(Number);
    const at = values.indexOf(best.cell.at[i] ?? "");
    const isEnd = at === 0 || at === values.length - 1;
    if (!isEnd || values.length < 2 || numbers.some((x) => Number.isNaN(x)) || (axes[i]?.p ?? 1) >= 0.05) return [];
    const next = beyond(numbers, at > 0);
    if (!Number.isFinite(next) || (next <= 0 && (numbers[0] as number) > 0)) return [];
    const effect = levels[i]?.find(({ value }) => value === values[at])?.effect;
    const size = effect ? `, ${formatNumber(effect.mean)} ${formatInterval(effect)} from the axis' middle` : "";
    return [
      {
        what: `${key} = ${formatNumber(next)}`,
        why: `the leading cell has the ${at > 0 ? "largest" : "smallest"} ${key} that was tried, and ${key} matters${size}`,
      },
    ];
  });
}

/** Cells without a figure that would be as good as the best if axes add. */
function unjudged(sweep: Sweep, best: Ranked, found: Importances, sign: number): Advice[] {
  const predicted = (cell: GridCell) =>
    sign *
    found.levels.reduce((sum, axis, i) => sum + (axis.find(({ value }) => value === cell.at[i])?.effect.mean ?? 0), 0);
  const known = sweep.cells.filter(
    (cell) => cell.outcomes.length === 0 && found.levels.every((axis, i) => axis.some((l) => l.value === cell.at[i])),
  );
  const good = known.filter((cell) => predicted(cell) > predicted(best.cell) - found.noise);
  if (good.length === 0) return [];
  const some = good.slice(0, 3).map((cell) => nameOf(sweep, cell));
  const more = good.length > 3 ? `, and ${good.length - 3} more` : "";
  return [
    {
      what: `Finish ${some.join("; ")}${more}`,
      why: "not judged yet, and within the noise of the leading cell or beyond it if axes add up",
    },
  ];
}

/** Axes that hardly matter, surely. */
function settled(sweep: Sweep, { axes }: Importances): Advice[] {
  return sweep.axes.flatMap(({ key }, i): Advice[] => {
    const share = axes[i]?.share;
    if (!share || share.low > 0 || share.high > 0.25) return [];
    return [
      {
        what: `Fix ${key}`,
        why: `it makes at most ${formatNumber(100 * share.high)} % of what one run's figure varies by`,
      },
    ];
  });
}

/** Where nothing can be told yet. */
function firstSteps({ cells }: Sweep): Advice[] {
  const judged = cells.filter(({ outcomes }) => outcomes.length > 0);
  if (judged.length === 0) return [];
  if (judged.every(({ outcomes }) => outcomes.length < 2)) {
    return [{ what: "A second seed", why: "there is one seed of each cell: what a difference is worth is not known" }];
  }
  return judged.length === cells.length
    ? []
    : [{ what: "The cells that are not judged", why: `${judged.length} of ${cells.length} have a figure` }];
}

export function findingsOf(sweep: Sweep): SweepFindings {
  const { scale, better, isMatched } = metricKind(sweep.outcomeMetric ?? "");
  const isLog = scale === "log";
  const figures = sweep.cells.flatMap(({ at, outcomes }) =>
    outcomes.map(({ seed, value }): FactorFigure => ({ at, seed, value: isLog ? Math.log(value) : value })),
  );
  const importances = importancesOf(figures, sweep.axes.length) ?? null;
  const of = sweep.outcomeMetric ?? "nothing";
  if (importances === null) return { of, scale, importances, next: firstSteps(sweep) };
  if (better === null || isMatched) {
    const why = isMatched ? "a lower temperature moves this figure too" : "neither way is better of this figure";
    const what = isMatched
      ? "Draw the teacher's temperatures (eval:frontier)"
      : "Choose a figure that says which way it counts";
    return {
      of,
      scale,
      importances,
      next: [{ what, why: `${why}, so it puts no cell before another` }, ...settled(sweep, importances)],
    };
  }
  const sign = better === "lower" ? -1 : 1;
  const all = ranked(sweep, isLog, sign);
  const [best] = all;
  if (best === undefined) return { of, scale, importances, next: [] };
  const next = [
    ...unjudged(sweep, best, importances, sign),
    ...moreSeeds(best, besideBest(all, importances), importances, isLog),
    ...furtherOut(sweep, best, importances),
    ...settled(sweep, importances),
  ];
  return { of, scale, importances, next };
}

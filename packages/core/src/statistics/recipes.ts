/**
 * @file Recipes side by side, each under several seeds: what each has, by the first one, and what can be said of it.
 *
 * Cells of one seed share their teacher, data order and draws, so that recipes are compared seed by seed. All verdicts of the
 * table are one family.
 */
import { type Estimate, tableEstimates } from "./estimate.js";
import type { Interval } from "./interval.js";
import { gainMetric, metricKind } from "./metrics.js";
import { betweenSeeds, type Cell, type Effect, effectOf, ratioInterval } from "./randomEffects.js";
import { familyVerdicts, lnRatios, type Seeded, type Verdict } from "./verdict.js";

export interface RecipeOutcome extends Seeded {
  /** Samples or items. */
  readonly n: number;
}

export interface Recipe {
  readonly name: string;
  readonly outcomes: readonly RecipeOutcome[];
}

export interface ComparedRecipe {
  readonly name: string;
  /** Undefined without an outcome. */
  readonly estimate: Estimate | undefined;
  /** By the first recipe, over the seeds that both have; undefined for the first, and without any. */
  readonly ratio: Interval | undefined;
  /** Of the ratio; undefined where the metric has no verdict of its own. */
  readonly verdict: Verdict | undefined;
  /** Of a gain: whether it is more than a temperature's. */
  readonly gainVerdict: Verdict | undefined;
}

/** More than 0 is better, whichever way the metric goes. */
const turned = (effect: Effect | undefined, sign: number): Effect | undefined =>
  effect && { ...effect, mean: sign * effect.mean };

function effectsOf(cells: readonly (Cell | undefined)[]): (Effect | undefined)[] {
  const known = cells.filter((cell) => cell !== undefined && cell.replicates.length > 0) as Cell[];
  const between = betweenSeeds(known);
  return cells.map((cell) => (cell && cell.replicates.length > 0 ? effectOf(cell, between) : undefined));
}

/** Whether a metric's ratio may be called better or worse by itself. */
const hasVerdict = (metric: string): boolean => {
  const { better, isMatched } = metricKind(metric);
  return better !== null && !isMatched;
};

export function comparedRecipes(metric: string, recipes: readonly Recipe[]): ComparedRecipe[] {
  const [first] = recipes;
  const lines = recipes.map(({ name, outcomes }) => ({ evaluations: outcomes, line: name, isFixed: false }));
  const estimates = tableEstimates(
    metric,
    lines.filter(({ evaluations }) => evaluations.length > 0),
  );
  const named = lines.filter(({ evaluations }) => evaluations.length > 0).map(({ line }) => line);
  const ratios = effectsOf(
    recipes.map(({ name, outcomes }) =>
      first === undefined || name === first.name
        ? undefined
        : { replicates: lnRatios(outcomes, first.outcomes), line: name },
    ),
  );
  const isGain = metric === gainMetric;
  const gains = effectsOf(
    recipes.map(({ name, outcomes }) => {
      if (!isGain) return undefined;
      const replicates = outcomes.map(({ value, stderr, model }) => {
        return { value: Math.log(value), stderr: stderr === null ? null : stderr / value, model };
      });
      return { replicates, line: name };
    }),
  );
  const sign = metricKind(metric).better === "lower" ? -1 : 1;
  const judged = hasVerdict(metric) ? ratios.map((effect) => turned(effect, sign)) : ratios.map(() => undefined);
  const verdicts = familyVerdicts([...judged, ...gains]);
  return recipes.map(({ name }, i) => ({
    name,
    estimate: estimates[named.indexOf(name)],
    ratio: ratios[i] && ratioInterval(ratios[i]),
    verdict: verdicts[i],
    gainVerdict: verdicts[recipes.length + i],
  }));
}

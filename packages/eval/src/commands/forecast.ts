/**
 * @file `forecast`: what cells that were not run would show, from those that were; nothing is computed by a network, nothing is stored.
 */

import { existsSync } from "node:fs";
import { userError } from "@sdtt/core/base";
import { alignTable, defineCommand, rootFolder } from "@sdtt/core/cli";
import { type Forecast, type Forecasts, type ForecastTable, forecastsOf, forecastTable } from "@sdtt/core/forecast";
import { formatNumber } from "@sdtt/core/statistics";
import { openStore, readKnown } from "@sdtt/core/store";
import { knownFigures, storePath } from "@sdtt/core/workspace";
import { z } from "zod";

const options = z.object({
  experiment: z.string().optional().describe("experiment whose runs are looked at; default: all of the store"),
  metric: z
    .string()
    .optional()
    .describe("metric whose cells are forecast, as in gen-ppl; default: all. Others still inform"),
  level: z.number().min(0.5).max(0.99).default(0.9).describe("of the intervals"),
  most: z.int().positive().default(40).describe("forecasts that are printed"),
  json: z.boolean().default(false).describe("print JSON, all of it"),
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder of runs, data and the store"),
});
type Options = z.output<typeof options>;

/** Of a checkout in which nothing was evaluated yet: what ships is known there too. */
function shippedTable(o: Options): ForecastTable | undefined {
  if (o.root !== rootFolder() || o.experiment !== undefined || knownFigures === "") return undefined;
  const known = readKnown(knownFigures);
  return known && forecastTable(known.evaluations, known.definitions, { itemScores: () => undefined });
}

function tableOf(o: Options): ForecastTable {
  const { root, experiment } = o;
  const path = storePath(root);
  if (!existsSync(path)) {
    const shipped = shippedTable(o);
    if (shipped) return shipped;
    throw userError("forecast", "there must be a store", `none (${path})`, "Evaluate something first, or give --root.");
  }
  const store = openStore(path, { readonly: true });
  try {
    const rows = store.evaluations({ sampler: "any", ...(experiment !== undefined && { experiment }) });
    return forecastTable(rows, store.definitions(), store);
  } finally {
    store.close();
  }
}

/** How the factors did on what they had not seen, beside row and column means. */
function verdict({ chosen: { options: fit, errors, meanErrors } }: Forecasts): string {
  const [means = Number.NaN, own = Number.NaN] = [meanErrors[0], meanErrors[fit.rank]];
  if (errors.length === 0) return "No cell could be held out: too few are there. Nothing says what these are worth.";
  const error = `error on ${errors.length} held-out cells, in spreads of the figure over models: ${formatNumber(own)}`;
  if (fit.rank === 0) return `Row and column means; no factor said more than they do. ${error}.`;
  return `Factors of rank ${fit.rank}; ${error}, by row and column means ${formatNumber(means)}.`;
}

const textOf = ({ subject, figure, value, low, high }: Forecast): string[] => [
  subject.text,
  [
    figure.definition,
    ...(figure.steps === null ? [] : [`${figure.steps} steps`]),
    ...(figure.n === null ? [] : [`n = ${figure.n}`]),
  ].join(", "),
  `forecast ${formatNumber(value)}`,
  low === undefined || high === undefined ? "–" : `[${formatNumber(low)}, ${formatNumber(high)}]`,
];

export const forecast = defineCommand({
  name: "forecast",
  summary: "what cells that were not run would show, from the store's other cells, with intervals",
  options,
  async run(o) {
    const table = tableOf(o);
    if (table.cells.length < 3) {
      const remedy = "Evaluate two models by the same figures, or leave --experiment out.";
      throw userError("forecast", "two models must share figures", `${table.cells.length} such cells`, remedy);
    }
    const found = forecastsOf(table, o.level);
    const shown = found.forecasts.filter(({ figure }) => o.metric === undefined || figure.metric === o.metric);
    if (o.json) {
      const { options: fit, errors, meanErrors } = found.chosen;
      const held = { count: errors.length, meanErrors };
      process.stdout.write(
        `${JSON.stringify({ kind: "forecasts", level: o.level, rank: fit.rank, held, forecasts: shown }, null, 2)}\n`,
      );
      return;
    }
    const head = ["model", "figure", "forecast", `${Math.round(100 * o.level)} %`];
    const left = shown.length - o.most;
    const say = (line: string) => process.stdout.write(`${line}\n`);
    say(
      `Forecasts, not measurements: ${table.cells.length} cells of ${table.rows} models are there, ${shown.length} are not.`,
    );
    say(verdict(found));
    if (shown.length > 0) say(alignTable([head, ...shown.slice(0, o.most).map(textOf)]));
    if (left > 0) say(`${left} more: --most=${shown.length}`);
  },
});

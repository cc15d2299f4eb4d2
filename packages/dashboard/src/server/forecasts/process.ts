/**
 * @file The process that makes one forecast and ends: told which stores and runs, it answers with the forecast, or why there is none.
 */
import { UserError } from "@sdtt/core/base";
import { forecastRuns, type RunForecasts } from "../../read/forecasts.js";
import { openStores } from "../../read/stores/stores.js";

export interface ForecastOrder {
  readonly paths: readonly string[];
  readonly runs: readonly string[];
}

export type ForecastReply = { readonly found: RunForecasts } | { readonly problem: string };

function replyTo({ paths, runs }: ForecastOrder): ForecastReply {
  const stores = openStores(paths);
  try {
    stores.version();
    return { found: forecastRuns(stores.reader, runs) };
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  } finally {
    stores.close();
  }
}

process.once("message", (order: ForecastOrder) => {
  process.send?.(replyTo(order), () => process.disconnect());
});

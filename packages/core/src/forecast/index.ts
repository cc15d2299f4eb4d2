/** @file `@sdtt/core/forecast`: what cells that were not run would show, for who prints it and who shows it. */
export { type Forecast, type Forecasts, forecastsOf } from "./forecasts.js";
export type { Cell } from "./heldOut.js";
export { type Figure, type ForecastTable, forecastTable, type Subject } from "./table.js";

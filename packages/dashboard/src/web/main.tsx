/**
 * @file The page begins here.
 */
import type {} from "chartjs-chart-error-bars";
import { render } from "preact";
import { App } from "./app.js";
import { startLive } from "./live.js";
import { startTheme } from "./theme.js";

startTheme();
startLive();
render(<App />, document.body);

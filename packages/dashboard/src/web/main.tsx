/**
 * @file The page begins here.
 */
import { declareMetrics } from "@sdtt/core/statistics";
import type {} from "chartjs-chart-error-bars";
import { render } from "preact";
import type { Session } from "../server/app.js";
import { get } from "./api.js";
import { App } from "./app.js";
import { startLive } from "./live.js";
import { startTheme } from "./theme.js";

startTheme();
startLive();
// Charts and tables go by what the stores say of metrics that the project does not have.
get<Session>("/api/session")
  .then(({ metrics }) => declareMetrics(metrics))
  .catch(() => {})
  .finally(() => render(<App />, document.body));

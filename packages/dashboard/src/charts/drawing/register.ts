/**
 * @file The parts of Chart.js that the charts use, registered once; a page that is bundled carries no others.
 */
import { Chart, Legend, LinearScale, LineElement, LogarithmicScale, PointElement, Tooltip } from "chart.js";
import { PointWithErrorBar, ScatterWithErrorBarsController } from "chartjs-chart-error-bars";
import annotation from "chartjs-plugin-annotation";

Chart.register(Legend, LinearScale, LineElement, LogarithmicScale, PointElement, Tooltip);
Chart.register(PointWithErrorBar, ScatterWithErrorBarsController, annotation);

export { Chart };

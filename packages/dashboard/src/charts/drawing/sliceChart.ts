/**
 * @file Slices through a sweep: its figure along one axis, a line for cells that have all other axes in common.
 */
import { formatEstimate, metricKind } from "@sdtt/core/statistics";
import { groupBy } from "../data/lines.js";
import { type GridCell, plainValue, type Sweep } from "../data/sweepGrid.js";
import { type ChartConfig, chartOf, type Datum, fittedAxis, lineDataset } from "./frame.js";
import { isWide, scaleOf } from "./scatterChart.js";
import { lookOf, type Theme } from "./theme.js";

const [maxNamed, maxLines] = [12, 100];

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** @param key which axis; one that the sweep has not is its first */
export function sliceChart(sweep: Sweep, key: string | undefined, theme: Theme): ChartConfig {
  const axis = Math.max(
    0,
    sweep.axes.findIndex((one) => one.key === key),
  );
  const { key: title = "", values = [] } = sweep.axes[axis] ?? {};
  const numbers = values.map(Number);
  // Steps of a few per cent, or words, stand evenly.
  const isText = !isWide(numbers, 3);
  const xOf = ({ at }: GridCell) => (isText ? values.indexOf(at[axis] ?? "") : Number(at[axis]));
  const othersOf = ({ at }: GridCell) => JSON.stringify(at.filter((_, i) => i !== axis));
  const nameOf = ({ at }: GridCell) =>
    sweep.axes.flatMap((one, i) => (i === axis ? [] : [`${one.key} = ${plainValue(at[i] ?? "null")}`])).join(", ");
  const judged = sweep.cells.filter(({ value }) => value !== null && Number.isFinite(value.mean));
  const datumOf = (cell: GridCell): Datum[] => {
    if (cell.value === null) return [];
    const { mean, low, high } = cell.value;
    const about = [formatEstimate(cell.value), cell.says, cell.verdict ?? ""].filter((text) => text !== "");
    return [
      {
        ...{ x: xOf(cell), y: mean, yMin: finite(low), yMax: finite(high) },
        ...{ title: `${title} = ${plainValue(cell.at[axis] ?? "null")}, ${nameOf(cell)}`, about, keys: [] },
      },
    ];
  };
  const groups = [...groupBy(judged, othersOf).values()].slice(0, maxLines);
  const datasets = groups.map((cells, i) => {
    const data = cells.flatMap(datumOf).sort((a, b) => a.x - b.x);
    const look = lookOf(theme, i + 1, 0);
    const label = nameOf(cells[0] as GridCell) || sweep.experiment;
    return lineDataset(label, data, "y", { ...look, dash: [] }, { radius: 5, backgroundColor: look.color });
  });
  const points = datasets.flatMap(({ data }) => data);
  const ys = points.flatMap(({ y, yMin, yMax }) => [y, yMin ?? y, yMax ?? y]);
  const scale = metricKind(sweep.outcomeMetric ?? "").scale === "log" && ys.every((y) => y > 0) ? "log" : "linear";
  const names = isText ? values.map(plainValue) : [];
  const x = scaleOf({ title, scale: isText ? "linear" : "log", names }, numbers, theme);
  const y = fittedAxis(scale, `${sweep.measure ?? "value"} at ${sweep.steps ?? "no"} steps`, ys, theme);
  return chartOf(theme, {
    datasets,
    named: datasets.slice(0, datasets.length > maxNamed ? 0 : maxNamed),
    scales: { x, y },
  });
}

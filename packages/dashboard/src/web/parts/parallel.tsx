/**
 * @file Parallel coordinates: an axis for each differing key and one for the value, a line for each cell.
 *
 * Drawn as SVG by hand: Chart.js has no such chart. The grid above it is its table.
 */
import { formatNumber } from "../../charts/format.js";
import { themes } from "../../charts/theme.js";
import type { Sweep, SweepCell } from "../../query/sweep.js";
import { visibleControls } from "../../report/html.js";
import { theme } from "../theme.js";

const [width, height, top, bottom, side] = [900, 280, 34, 20, 70];

interface Axis {
  readonly title: string;
  readonly ticks: readonly { readonly text: string; readonly at: number }[];
  readonly placeOf: (cell: SweepCell) => number | null;
}

const spread = (i: number, count: number) => top + (count < 2 ? 0.5 : i / (count - 1)) * (height - top - bottom);
const short = (text: string) => visibleControls(text.length > 14 ? `${text.slice(0, 14)}…` : text);

function axesOf(sweep: Sweep): Axis[] {
  const keys = sweep.axes.slice(0, 6).map(({ key, values }, i): Axis => {
    const placeAt = (value: string | undefined) => spread(values.indexOf(value ?? ""), values.length);
    const ticks = values.slice(0, 12).map((value) => ({ text: short(value), at: placeAt(value) }));
    return { title: key, ticks, placeOf: (cell) => placeAt(cell.at[i]) };
  });
  const found = sweep.cells.flatMap(({ value }) => (value && Number.isFinite(value.mean) ? [value.mean] : []));
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const at = (mean: number) => spread(high === low ? 0.5 : (high - mean) / (high - low), 2);
  const ticks = found.length === 0 ? [] : [low, high].map((mean) => ({ text: formatNumber(mean), at: at(mean) }));
  const placeOf = ({ value }: SweepCell) => (value && Number.isFinite(value.mean) ? at(value.mean) : null);
  return [...keys, { title: "value", ticks, placeOf }];
}

export function Parallel({ sweep }: { sweep: Sweep }) {
  const { text, grid, colors } = themes[theme.value];
  const axes = axesOf(sweep);
  const xOf = (i: number) => side + (i / Math.max(1, axes.length - 1)) * (width - 2 * side);
  return (
    <figure class="parallel">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label="parallel coordinates; the grid above holds the numbers"
      >
        {sweep.cells.slice(0, 300).map((cell, i) => {
          const points = axes.flatMap(({ placeOf }, x) => {
            const y = placeOf(cell);
            return y === null ? [] : [`${xOf(x)},${y}`];
          });
          const isWhole = cell.value !== null;
          return (
            <polyline
              key={cell.at.join(" ")}
              points={points.join(" ")}
              fill="none"
              stroke={colors[i % colors.length]}
              stroke-width="2"
              stroke-opacity="0.8"
              stroke-dasharray={isWhole ? undefined : "4 4"}
            />
          );
        })}
        {axes.map(({ title, ticks }, i) => (
          <g key={title} fill={text} font-size="12" text-anchor="middle">
            <line x1={xOf(i)} x2={xOf(i)} y1={top} y2={height - bottom} stroke={grid} stroke-width="2" />
            <text x={xOf(i)} y={16}>
              {short(title)}
            </text>
            {ticks.map((tick) => (
              <text
                key={tick.text}
                x={xOf(i)}
                y={tick.at + 4}
                stroke={themes[theme.value].background}
                stroke-width="3"
                paint-order="stroke"
              >
                {tick.text}
              </text>
            ))}
          </g>
        ))}
      </svg>
      <figcaption>A line for each cell, dashed where it is not judged yet.</figcaption>
    </figure>
  );
}

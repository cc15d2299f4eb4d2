/**
 * @file A chart of points and lines as one SVG, for a report that is read offline: two axes, whiskers, a legend.
 *
 * Only what a report needs. The dashboard's charts are interactive and made of a library; importing them would point the
 * arrow from eval to the page.
 */
import { escapeHtml } from "@sdtt/core/report";
import { formatNumber } from "@sdtt/core/statistics";

export interface Mark {
  readonly x: number;
  readonly y: number;
  /** Ends of the whisker. */
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly label: string;
  readonly marks: readonly Mark[];
}

export interface Axis {
  readonly label: string;
  readonly scale: "linear" | "log";
}

export interface Chart {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Dashed lines across. */
  readonly levels?: readonly { readonly label: string; readonly y: number }[];
}

const box = { width: 720, height: 380, left: 64, right: 168, top: 12, bottom: 44 } as const;
const legendX = box.width - box.right + 14;
const legendY = (entry: number): number => box.top + 14 + 18 * entry;
/** Told apart also without colours, by their order of lightness. */
const colours = ["#222222", "#8c510a", "#c98b2b", "#35978f", "#1f78b4", "#54278f", "#c51b7d", "#7f7f7f"];

/**
 * Round numbers in [low, high]: on a logarithmic axis 1, 2 and 5 times powers of ten, or all of 1 to 9 times where these are
 * fewer than three; on a linear one about five steps.
 */
export function ticksOf(low: number, high: number, scale: Axis["scale"]): number[] {
  if (scale === "log") {
    const decades = Array.from({ length: 40 }, (_, i) => 10 ** (i - 20));
    const within = (multiples: readonly number[]) =>
      decades
        .flatMap((decade) => multiples.map((k) => Number((k * decade).toPrecision(6))))
        .filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
    const few = within([1, 2, 5]);
    return few.length < 3 ? within([1, 2, 3, 4, 5, 6, 7, 8, 9]) : few;
  }
  const raw = (high - low) / 5;
  const decade = 10 ** Math.floor(Math.log10(raw));
  const step = decade * ([1, 2, 5, 10].find((k) => k * decade >= raw) as number);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

interface Place {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** Values to pixels, a little beyond the outermost values. */
function placeOf({ scale }: Axis, values: readonly number[], from: number, to: number): Place {
  const map = scale === "log" ? Math.log : (value: number) => value;
  const finite = values.filter((value) => Number.isFinite(value) && (scale === "linear" || value > 0)).map(map);
  const [least, most] = finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
  const margin = most > least ? 0.04 * (most - least) : 0.5;
  const [low, high] = [least - margin, most + margin];
  const back = scale === "log" ? Math.exp : (value: number) => value;
  return {
    ticks: ticksOf(back(low), back(high), scale),
    at: (value) => from + ((map(value) - low) / (high - low)) * (to - from),
  };
}

const line = (x1: number, y1: number, x2: number, y2: number, style: string): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${style}/>`;

const text = (x: number, y: number, content: string, style: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${style}>${escapeHtml(content)}</text>`;

function frame(chart: Chart, x: Place, y: Place): string[] {
  const [right, bottom] = [box.width - box.right, box.height - box.bottom];
  const grid = 'stroke="#dddddd"';
  return [
    ...x.ticks.map((tick) => line(x.at(tick), box.top, x.at(tick), bottom, grid)),
    ...y.ticks.map((tick) => line(box.left, y.at(tick), right, y.at(tick), grid)),
    ...x.ticks.map((tick) => text(x.at(tick), bottom + 16, String(tick), 'text-anchor="middle"')),
    ...y.ticks.map((tick) => text(box.left - 6, y.at(tick) + 4, String(tick), 'text-anchor="end"')),
    text((box.left + right) / 2, box.height - 6, chart.x.label, 'text-anchor="middle"'),
    text(0, 0, chart.y.label, `text-anchor="middle" transform="translate(12 ${(box.top + bottom) / 2}) rotate(-90)"`),
  ];
}

function drawnSeries({ label, marks }: Series, i: number, x: Place, y: Place): string[] {
  const colour = colours[i % colours.length] as string;
  const sorted = [...marks].filter(({ y: value }) => Number.isFinite(value)).sort((a, b) => a.x - b.x);
  const points = sorted.map((mark) => `${x.at(mark.x).toFixed(1)},${y.at(mark.y).toFixed(1)}`);
  return [
    ...(points.length > 1
      ? [`<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`]
      : []),
    ...sorted.flatMap((mark) => {
      const whisker =
        mark.low !== undefined && mark.high !== undefined && Number.isFinite(mark.low + mark.high)
          ? [line(x.at(mark.x), y.at(mark.low), x.at(mark.x), y.at(mark.high), `stroke="${colour}"`)]
          : [];
      const title = `${label}: ${formatNumber(mark.x)}, ${formatNumber(mark.y)}`;
      const dot = `<circle cx="${x.at(mark.x).toFixed(1)}" cy="${y.at(mark.y).toFixed(1)}" r="3" fill="${colour}"><title>${escapeHtml(title)}</title></circle>`;
      return [...whisker, dot];
    }),
    `<circle cx="${legendX + 12}" cy="${legendY(i) - 4}" r="4" fill="${colour}"/>`,
    text(legendX + 30, legendY(i), label, ""),
  ];
}

function drawnLevel({ label, y: value }: { label: string; y: number }, k: number, entry: number, y: Place): string[] {
  const style = `stroke="#555555" stroke-width="1.5" stroke-dasharray="${k === 0 ? "7 4" : "2 4"}"`;
  return [
    line(box.left, y.at(value), box.width - box.right, y.at(value), style),
    line(legendX, legendY(entry) - 4, legendX + 24, legendY(entry) - 4, style),
    text(legendX + 30, legendY(entry), label, ""),
  ];
}

/** Points of a series are joined in order of x. Holds    a value that is no number is left out, with its whisker */
export function chartSvg(chart: Chart): string {
  const { series, levels = [] } = chart;
  const marks = series.flatMap((one) => one.marks);
  const x = placeOf(
    chart.x,
    marks.map((mark) => mark.x),
    box.left,
    box.width - box.right,
  );
  const heights = [
    ...marks.flatMap((mark) => [mark.y, mark.low ?? mark.y, mark.high ?? mark.y]),
    ...levels.map((one) => one.y),
  ];
  const y = placeOf(chart.y, heights, box.height - box.bottom, box.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${box.width} ${box.height}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escapeHtml(`${chart.y.label} against ${chart.x.label}`)}</title>`,
    ...frame(chart, x, y),
    ...levels.flatMap((level, k) => drawnLevel(level, k, series.length + k, y)),
    ...series.flatMap((one, i) => drawnSeries(one, i, x, y)),
    "</svg>",
  ].join("\n");
}

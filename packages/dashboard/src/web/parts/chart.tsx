/**
 * @file A chart with its files. Its numbers are in a table beside it, which is what keyboard and screen reader use.
 */
import type { ActiveElement } from "chart.js";
import { useEffect, useRef } from "preact/hooks";
import type { ChartConfig, Datum } from "../../charts/drawing/frame.js";
import { Chart } from "../../charts/drawing/register.js";
import { type Theme, themes } from "../../charts/drawing/theme.js";
import { theme } from "../theme.js";

export type Open = (title: string, keys: readonly string[]) => void;

interface ChartProps {
  readonly make: (theme: Theme) => ChartConfig;
  /** What the picture shows, for who does not see it. */
  readonly label: string;
  /** Address of the chart's files without their ending, and their query; left out: it has none. */
  readonly file?: string;
  readonly query?: string;
  readonly onOpen?: Open;
  /** Told of a part of the horizontal axis that was drawn over with the pointer. */
  readonly onRange?: (from: number, to: number) => void;
  readonly isLow?: boolean;
}

function withClicks(config: ChartConfig, onOpen: Open | undefined): ChartConfig {
  const onClick = (_: unknown, [hit]: ActiveElement[]) => {
    const datum = hit && (config.data.datasets[hit.datasetIndex]?.data[hit.index] as Datum | undefined);
    if (datum && datum.keys.length > 0) onOpen?.(datum.title.split(":", 1)[0] ?? "", datum.keys);
  };
  return { ...config, options: { ...config.options, onClick } } as ChartConfig;
}

const leastDrag = 8;

/** Follows a pointer that is drawn over the chart, with a band that shows how far; a finger scrolls instead. */
function followDrag(
  canvas: HTMLCanvasElement,
  band: HTMLDivElement,
  { scales, chartArea }: Chart,
  onRange: (from: number, to: number) => void,
): () => void {
  let start: number | undefined;
  const within = (event: PointerEvent) =>
    Math.min(chartArea.right, Math.max(chartArea.left, event.clientX - canvas.getBoundingClientRect().left));
  const down = (event: PointerEvent) => {
    if (event.pointerType === "touch" || event.button !== 0) return;
    start = within(event);
    canvas.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (start === undefined) return;
    const at = within(event);
    band.hidden = false;
    band.style.left = `${Math.min(start, at)}px`;
    band.style.width = `${Math.abs(at - start)}px`;
  };
  const up = (event: PointerEvent) => {
    if (start === undefined) return;
    const [a, b] = [start, within(event)].sort((x, y) => x - y) as [number, number];
    start = undefined;
    band.hidden = true;
    const [from, to] = [a, b].map((pixel) => scales.x?.getValueForPixel(pixel));
    if (b - a > leastDrag && from !== undefined && to !== undefined) onRange(from, to);
  };
  const follow = { pointerdown: down, pointermove: move, pointerup: up };
  for (const [name, listen] of Object.entries(follow)) canvas.addEventListener(name, listen as EventListener);
  return () => {
    for (const [name, listen] of Object.entries(follow)) canvas.removeEventListener(name, listen as EventListener);
  };
}

export function ChartBox({ make, label, file, query = "", onOpen, onRange, isLow = false }: ChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const band = useRef<HTMLDivElement>(null);
  const name = theme.value;
  useEffect(() => {
    if (canvas.current === null) return;
    const { current } = canvas;
    const chart = new Chart(current, withClicks(make(themes[name]), onOpen));
    current.dataset.drawn = name;
    const forget = onRange && band.current ? followDrag(current, band.current, chart, onRange) : () => {};
    return () => {
      forget();
      chart.destroy();
    };
  }, [make, name, onOpen, onRange]);
  const search = (format: string) => {
    const parts = new URLSearchParams(query);
    parts.set("theme", name);
    return `/api/${file}.${format}?${parts}`;
  };
  return (
    <figure class="chart">
      <div class={isLow ? "frame low" : "frame"}>
        <canvas ref={canvas} role="img" aria-label={label} />
        <div class="band" ref={band} hidden />
      </div>
      {file === undefined ? null : (
        <figcaption>
          {(["svg", "png", "csv"] as const).map((format) => (
            <a key={format} href={search(format)} download={`${file}.${format}`} aria-label={`this chart as ${format}`}>
              {format.toUpperCase()}
            </a>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

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
  readonly isLow?: boolean;
}

function withClicks(config: ChartConfig, onOpen: Open | undefined): ChartConfig {
  const onClick = (_: unknown, [hit]: ActiveElement[]) => {
    const datum = hit && (config.data.datasets[hit.datasetIndex]?.data[hit.index] as Datum | undefined);
    if (datum && datum.keys.length > 0) onOpen?.(datum.title.split(":", 1)[0] ?? "", datum.keys);
  };
  return { ...config, options: { ...config.options, onClick } } as ChartConfig;
}

export function ChartBox({ make, label, file, query = "", onOpen, isLow = false }: ChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const name = theme.value;
  useEffect(() => {
    if (canvas.current === null) return;
    const { current } = canvas;
    const chart = new Chart(current, withClicks(make(themes[name]), onOpen));
    current.dataset.drawn = name;
    return () => chart.destroy();
  }, [make, name, onOpen]);
  const search = (format: string) => {
    const parts = new URLSearchParams(query);
    parts.set("theme", name);
    return `/api/${file}.${format}?${parts}`;
  };
  return (
    <figure class="chart">
      <div class={isLow ? "frame low" : "frame"}>
        <canvas ref={canvas} role="img" aria-label={label} />
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

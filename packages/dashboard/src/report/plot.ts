/**
 * @file The page's chart as a PNG or SVG file, drawn without a browser.
 *
 * @napi-rs/canvas comes prebuilt from npm and its SVG is real vector graphics with text as paths, so a picture looks
 * the same wherever it is shown. Text is drawn in the machine's own fonts: a machine without any draws none.
 */
import { createCanvas, SvgExportFlag } from "@napi-rs/canvas";
import { escapeHtml } from "@sdtt/core/report";
import type { ChartItem } from "chart.js";
import type { Curve } from "../charts/data/curve.js";
import { curveChart } from "../charts/drawing/curveChart.js";
import type { ChartConfig } from "../charts/drawing/frame.js";
import { Chart } from "../charts/drawing/register.js";
import { type Theme, type ThemeName, themes } from "../charts/drawing/theme.js";

export interface PlotOptions {
  readonly format: "png" | "svg" | "webp";
  readonly width?: number;
  readonly height?: number;
  readonly theme?: ThemeName;
}

/** SVG with a title, which a screen reader reads in place of the picture. */
function titled(svg: Buffer, text: string): Buffer {
  const title = `<title>${escapeHtml(text)}</title>`;
  return Buffer.from(svg.toString("utf8").replace(/<svg[^>]*>/, (tag) => `${tag}${title}`));
}

/** Of WebP: a line's edge still looks like one. */
const quality = 90;

/** The file's bytes. PNG and WebP have two pixels a unit of width; the same chart gives the same bytes on one machine. */
export function renderChart(make: (theme: Theme) => ChartConfig, title: string, options: PlotOptions): Buffer {
  const { format, width = 900, height = 640, theme = "light" } = options;
  const { background } = themes[theme];
  const config = make(themes[theme]);
  const canvas =
    format === "svg" ? createCanvas(width, height, SvgExportFlag.ConvertTextToPaths) : createCanvas(width, height);
  const ground = {
    id: "ground",
    beforeDraw: ({ ctx }: { ctx: CanvasRenderingContext2D }) => {
      ctx.save();
      ctx.fillStyle = background;
      ctx.fillRect(0, 0, width, height);
      ctx.restore();
    },
  };
  const fixed = { responsive: false, devicePixelRatio: format === "svg" ? 1 : 2, events: [], layout: { padding: 8 } };
  const chart = new Chart(canvas as unknown as ChartItem, {
    ...config,
    options: { ...config.options, ...fixed },
    plugins: [ground],
  });
  const raster = (image: Exclude<typeof canvas, { getContent: unknown }>) =>
    format === "webp" ? image.toBuffer("image/webp", quality) : image.toBuffer("image/png");
  const bytes = "getContent" in canvas ? titled(canvas.getContent(), title) : raster(canvas);
  chart.destroy();
  return bytes;
}

export function curveTitle({ experiment }: Curve): string {
  return `Quality and entropy against sampling steps, experiment ${experiment}`;
}

export function plotCurve(curve: Curve, options: PlotOptions): Buffer {
  return renderChart((theme) => curveChart(curve, theme), curveTitle(curve), options);
}

/**
 * @file Each chart of the page as a file: SVG, PNG, or the numbers in it as CSV.
 */
import { userError } from "@sdtt/core/base";
import type { Store } from "@sdtt/core/store";
import type { z } from "zod";
import { boardCsv, curveCsv, samplersCsv, sweepCsv, trainCsv } from "../charts/data/csv.js";
import type { Curve } from "../charts/data/curve.js";
import type { Cost, Samplers } from "../charts/data/samplers.js";
import type { Sweep } from "../charts/data/sweepGrid.js";
import { curveChart } from "../charts/drawing/curveChart.js";
import { frontierChart } from "../charts/drawing/frontierChart.js";
import { parallelChart } from "../charts/drawing/parallelChart.js";
import { gainTitles, samplersChart } from "../charts/drawing/samplersChart.js";
import { scatterChart } from "../charts/drawing/scatterChart.js";
import { sliceChart } from "../charts/drawing/sliceChart.js";
import type { Theme, ThemeName } from "../charts/drawing/theme.js";
import { type TrainLine, type TrainLook, trainChart, trainTitles } from "../charts/drawing/trainChart.js";
import { type CurveSelection, curveFrom } from "../read/curve.js";
import type { Leaderboard } from "../read/leaderboard.js";
import type { Sources } from "../read/question.js";
import type { Reader } from "../read/stores/merged.js";
import { curveTitle, renderChart } from "./plot.js";

export type FileFormat = "svg" | "png" | "csv";

export const fileTypes: Record<FileFormat, string> = {
  svg: "image/svg+xml",
  png: "image/png",
  csv: "text/csv; charset=utf-8",
};

const maxTrainRuns = 12;
const buckets = 400;
/** Where a part of a curve is looked at. */
const mostDetail = 10;

export type Bytes = string | Uint8Array<ArrayBuffer>;

/** Training curves of runs, each reduced to a few hundred points. Throws UserError for an unknown run or too many. */
export function trainLines(reader: Pick<Store, "run" | "trainCurve">, ids: readonly string[], detail = 1): TrainLine[] {
  if (ids.length > maxTrainRuns) {
    throw userError("train", `there must be at most ${maxTrainRuns} runs`, ids.length, "Leave some out.");
  }
  return ids.map((runId) => {
    if (reader.run(runId) === undefined) {
      throw userError("train", "each run must be in the store", runId, "Choose among the runs.");
    }
    return { runId, points: reader.trainCurve(runId, buckets * detail) };
  });
}

export interface FileLook {
  readonly format: FileFormat;
  readonly theme: ThemeName;
}

/** A chart that can be had as a file: its query, and how its bytes are made. */
export interface ChartFile<Q extends z.ZodObject = z.ZodObject> {
  readonly query: Q;
  make(query: z.output<Q>, from: Sources, look: FileLook): Bytes;
}

export const chartFile = <Q extends z.ZodObject>(query: Q, make: ChartFile<Q>["make"]): ChartFile<Q> => ({
  query,
  make,
});

const pictures = { curve: curveChart, frontier: frontierChart };
type Picture = keyof typeof pictures;

const titles: Record<Picture, (curve: Curve) => string> = {
  curve: curveTitle,
  frontier: ({ experiment }) => `Quality against entropy, experiment ${experiment}`,
};

interface Marked {
  readonly steps?: number | undefined;
  readonly levels?: "on" | "off";
}

/** A picture of an experiment's curve as a file; `steps` is the step count that it marks. */
export function pictureFile(
  reader: Reader,
  { steps, levels, ...selection }: CurveSelection & Marked,
  picture: Picture,
  { format, theme }: FileLook,
): Bytes {
  const found = curveFrom(reader, selection);
  const curve = levels === "off" ? { ...found, references: [] } : found;
  if (format === "csv") return curveCsv(curve);
  const make = (colors: Theme) => pictures[picture](curve, colors, steps);
  return new Uint8Array(renderChart(make, titles[picture](curve), { format, theme }));
}

export function trainFile(reader: Reader, ids: readonly string[], look: TrainLook, { format, theme }: FileLook): Bytes {
  const isPart = look.from !== undefined || look.to !== undefined;
  const lines = trainLines(reader, ids, isPart ? mostDetail : 1);
  if (format === "csv") return trainCsv(lines);
  const make = (colors: Theme) => trainChart(lines, look, colors);
  return new Uint8Array(renderChart(make, trainTitles[look.quantity], { format, theme }));
}

/** The scatter of the first two columns; as CSV the whole table. */
export function boardFile(board: Leaderboard, { format, theme }: FileLook): Bytes {
  if (format === "csv") return boardCsv(board);
  const [x, y] = board.columns;
  if (!x || !y)
    throw userError("leaderboard", "a scatter takes two columns", board.columns.length, "Give columns=x,y.");
  const make = (colors: Theme) => scatterChart(board, colors);
  return new Uint8Array(renderChart(make, `${y.title} against ${x.title}`, { format, theme }));
}

interface SamplersLook extends Omit<FileLook, "format"> {
  readonly format: FileFormat | "webp";
  readonly width?: number;
}

export function samplersFile(samplers: Samplers, cost: Cost, look: SamplersLook): Bytes {
  const { format, theme, width = 900 } = look;
  if (format === "csv") return samplersCsv(samplers);
  const make = (colors: Theme) => samplersChart(samplers, cost, colors);
  return new Uint8Array(renderChart(make, gainTitles[cost], { format, theme, width, height: 480 }));
}

/** @param axis the key that the slices run along; left out: the first */
export function sliceFile(sweep: Sweep, axis: string | undefined, { format, theme }: FileLook): Bytes {
  if (format === "csv") return sweepCsv(sweep);
  const make = (colors: Theme) => sliceChart(sweep, axis, colors);
  return new Uint8Array(renderChart(make, `Slices of the sweep ${sweep.experiment}`, { format, theme, height: 420 }));
}

export function sweepFile(sweep: Sweep, { format, theme }: FileLook): Bytes {
  if (format === "csv") return sweepCsv(sweep);
  const make = (colors: Theme) => parallelChart(sweep, colors);
  return new Uint8Array(renderChart(make, `Cells of the sweep ${sweep.experiment}`, { format, theme, height: 360 }));
}

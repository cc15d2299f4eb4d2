/**
 * @file Each chart of the page as a file: SVG, PNG, or the numbers in it as CSV.
 */
import { type Store, userError } from "@sdtt/core/store";
import { curveCsv } from "../charts/csv.js";
import { trainCsv } from "../charts/csv.js";
import { frontierChart } from "../charts/frontierChart.js";
import { curveChart } from "../charts/curveChart.js";
import type { ThemeName } from "../charts/theme.js";
import { type TrainLine, type TrainQuantity, trainChart, trainTitles } from "../charts/trainChart.js";
import { type CurveSelection, curveFrom } from "../experiment.js";
import { curveTitle, renderChart } from "../report/plot.js";
import type { Reader } from "./merged.js";

export type FileFormat = "svg" | "png" | "csv";

export const fileTypes: Record<FileFormat, string> = {
  svg: "image/svg+xml",
  png: "image/png",
  csv: "text/csv; charset=utf-8",
};

export const maxTrainRuns = 12;
const buckets = 400;

type Bytes = string | Uint8Array<ArrayBuffer>;

/** Training curves of runs, each reduced to a few hundred points. Throws UserError for an unknown run or too many. */
export function trainLines(reader: Pick<Store, "run" | "trainCurve">, ids: readonly string[]): TrainLine[] {
  if (ids.length > maxTrainRuns) {
    throw userError("train", `there must be at most ${maxTrainRuns} runs`, ids.length, "Leave some out.");
  }
  return ids.map((runId) => {
    if (reader.run(runId) === undefined) {
      throw userError("train", "each run must be in the store", runId, "Choose among the runs.");
    }
    return { runId, points: reader.trainCurve(runId, buckets) };
  });
}

export function curveFile(reader: Reader, selection: CurveSelection, format: FileFormat, theme: ThemeName): Bytes {
  const curve = curveFrom(reader, selection);
  if (format === "csv") return curveCsv(curve);
  return new Uint8Array(renderChart((colors) => curveChart(curve, colors), curveTitle(curve), { format, theme }));
}

export function frontierFile(
  reader: Reader,
  selection: CurveSelection & { readonly steps?: number | undefined },
  format: FileFormat,
  theme: ThemeName,
): Bytes {
  const curve = curveFrom(reader, selection);
  if (format === "csv") return curveCsv(curve);
  const title = `Quality against entropy, experiment ${curve.experiment}`;
  return new Uint8Array(
    renderChart((colors) => frontierChart(curve, colors, selection.steps), title, { format, theme }),
  );
}

export function trainFile(
  reader: Reader,
  ids: readonly string[],
  quantity: TrainQuantity,
  format: FileFormat,
  theme: ThemeName,
): Bytes {
  const lines = trainLines(reader, ids);
  if (format === "csv") return trainCsv(lines);
  return new Uint8Array(
    renderChart((colors) => trainChart(lines, quantity, colors), trainTitles[quantity], { format, theme }),
  );
}

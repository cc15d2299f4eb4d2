/**
 * @file The reading routes: each is a query of the stores, answered once for all viewers until a store changes.
 */
import { userError } from "@sdtt/core/base";
import type { Context, Hono } from "hono";
import type { z } from "zod";
import { toJson } from "../charts/data/wire.js";
import { compareRuns } from "../read/compare.js";
import { type CurveSelection, curveViewFrom, selectExperiment } from "../read/curve.js";
import { homeOf } from "../read/home.js";
import { newsSince } from "../read/news.js";
import { runDetail } from "../read/run.js";
import { listRuns } from "../read/runs.js";
import type { Reader } from "../read/stores/merged.js";
import type { Version } from "../read/stores/remembering.js";
import { remember } from "../read/stores/remembering.js";
import type { Stores } from "../read/stores/stores.js";
import { sweepOf } from "../read/sweep.js";
import { markdownHtml } from "../report/markdown.js";
import { reportHtml } from "../report/report.js";
import {
  type FileFormat,
  fileTypes,
  type Picture,
  pictureFile,
  pictures,
  sweepFile,
  trainFile,
  trainLines,
} from "./charts.js";
import type { Answers } from "./limits.js";
import { queries, readQuery, runsOf } from "./queries.js";

const jsonType = "application/json; charset=utf-8";
const weekMs = 7 * 86_400_000;

function selectionOf({ temperatures, ...query }: z.output<typeof queries.curve>): CurveSelection {
  return { ...query, allTemperatures: temperatures === "all" };
}

/** An evaluation with its samples and where it comes from. */
function samplesOf(reader: Reader, key: string, limit: number) {
  const evaluation = reader.evaluation(key);
  if (evaluation === undefined) return undefined;
  const all = reader.samples(key);
  return { evaluation, run: reader.run(evaluation.runId), kept: all.length, samples: all.slice(0, limit) };
}

/** `since` as a time; left out: seven days ago at midnight, so that the answer is the same all day. */
function sinceOf(since: string | undefined): string {
  const start = since === undefined ? new Date(Date.now() - weekMs).toISOString().slice(0, 10) : since;
  return new Date(start).toISOString();
}

function notesOf(reader: Reader, name: string | undefined) {
  const experiment = selectExperiment(reader, name);
  const notes = reader.notes(experiment.name).map((note) => ({ ...note, html: markdownHtml(note.text) }));
  return { experiment, notes };
}

type Ask = (path: string, make: (c: Context) => unknown, of?: keyof Version) => void;

function addJsonRoutes(ask: Ask, { reader, sweeps, version }: Stores): void {
  const news = remember(
    (since: string) => newsSince(reader, since),
    () => version().figures,
  );
  ask("/api/experiments", () => reader.experiments(), "figures");
  ask("/api/home", (c) => homeOf(reader, sweeps, sinceOf(readQuery(c, queries.home).since), news));
  ask("/api/curve", (c) => curveViewFrom(reader, selectionOf(readQuery(c, queries.curve))), "figures");
  ask("/api/runs", (c) => {
    const { archived, ...query } = readQuery(c, queries.runs);
    return listRuns(reader, { ...query, columns: query.columns ?? [], archived: archived === "yes" });
  });
  ask("/api/run", (c) => runDetail(reader, sweeps, readQuery(c, queries.run).id));
  ask("/api/train", (c) => {
    readQuery(c, queries.train, ["run"]);
    return trainLines(reader, runsOf(c));
  });
  ask("/api/compare", (c) => {
    readQuery(c, queries.none, ["run"]);
    return compareRuns(reader, runsOf(c));
  });
  ask("/api/sweep", (c) => {
    const { experiment, steps } = readQuery(c, queries.sweep);
    return sweepOf(reader, sweeps, experiment, steps);
  });
  ask("/api/notes", (c) => notesOf(reader, readQuery(c, queries.notes).experiment));
  ask("/api/samples", (c) => {
    const { key, limit } = readQuery(c, queries.samples);
    const found = samplesOf(reader, key, limit);
    if (found !== undefined) return found;
    throw userError("dashboard", "the key must be an evaluation's", key.slice(0, 40), "Reload the page.");
  });
}

/** Pictures and numbers of the charts, as files. */
function addFileRoutes(app: Hono, answers: Answers, { reader, sweeps }: Stores): void {
  for (const format of Object.keys(fileTypes) as FileFormat[]) {
    const type = fileTypes[format];
    for (const picture of Object.keys(pictures) as Picture[]) {
      app.get(`/api/${picture}.${format}`, (c) => {
        const { theme, steps, ...query } = readQuery(c, queries.curveFile);
        const make = () => pictureFile(reader, { ...selectionOf(query), steps }, picture, { format, theme });
        return answers(c, type, make);
      });
    }
    app.get(`/api/sweep.${format}`, (c) => {
      const { experiment, steps, theme } = readQuery(c, queries.sweepFile);
      return answers(c, type, () => sweepFile(sweepOf(reader, sweeps, experiment, steps), { format, theme }));
    });
    app.get(`/api/train.${format}`, (c) => {
      const { quantity, theme } = readQuery(c, queries.trainFile, ["run"]);
      return answers(c, type, () => trainFile(reader, runsOf(c), quantity, { format, theme }));
    });
  }
  app.get("/api/report.html", (c) => {
    const { experiment, theme } = readQuery(c, queries.report);
    c.header("content-disposition", 'attachment; filename="report.html"');
    return answers(c, "text/html; charset=utf-8", () => reportHtml(reader, { experiment, theme }));
  });
}

export function addReadRoutes(app: Hono, stores: Stores, answers: Answers): void {
  const ask: Ask = (path, make, of) => app.get(path, (c) => answers(c, jsonType, () => toJson(make(c)), of));
  addJsonRoutes(ask, stores);
  addFileRoutes(app, answers, stores);
}

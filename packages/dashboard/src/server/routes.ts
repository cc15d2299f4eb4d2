/**
 * @file The reading routes: each question of `protocol.ts`, answered once for all viewers until a store changes.
 */
import { UserError } from "@sdtt/core/base";
import type { Context, Hono } from "hono";
import { z } from "zod";
import { toJson } from "../charts/data/wire.js";
import { charts, protocol } from "../protocol.js";
import { judgedSince } from "../read/news.js";
import { experiment } from "../read/queryParts.js";
import type { Question, Sources } from "../read/question.js";
import { remember } from "../read/stores/remembering.js";
import type { Stores } from "../read/stores/stores.js";
import { type ChartFile, type FileFormat, fileTypes } from "../report/chartFiles.js";
import { reportHtml } from "../report/report.js";
import { forecaster } from "./forecasts/forecaster.js";
import type { Answers } from "./limits.js";
import { readQuery } from "./readQuery.js";

const jsonType = "application/json; charset=utf-8";
const theme = z.enum(["light", "dark"]).default("light");

function addQuestions(app: Hono, answers: Answers, from: Sources): void {
  for (const [path, { query, of, answer }] of Object.entries<Question>(protocol)) {
    const make = (c: Context) => {
      const found = answer(readQuery(c, query), from);
      return found instanceof Promise ? found.then(toJson) : toJson(found);
    };
    app.get(path, (c) => answers(c, jsonType, () => make(c), of));
  }
}

/** Pictures and numbers of the charts, as files. */
function addCharts(app: Hono, answers: Answers, from: Sources): void {
  for (const [path, { query, make }] of Object.entries<ChartFile>(charts)) {
    for (const [format, type] of Object.entries(fileTypes) as [FileFormat, string][]) {
      const withTheme = query.extend({ theme });
      app.get(`${path}.${format}`, (c) => {
        const { theme: name, ...parts } = readQuery(c, withTheme);
        return answers(c, type, () => make(parts, from, { format, theme: theme.parse(name) }));
      });
    }
  }
}

const evaluationQuery = z.strictObject({ name: z.string() });
const reportQuery = z.strictObject({ experiment, theme });

export function addReadRoutes(app: Hono, stores: Stores, answers: Answers): void {
  const { reader, sweeps, reports, version } = stores;
  const judged = remember(
    (since: string) => judgedSince(reader, since),
    () => version().figures,
    () => version().all,
  );
  const from = { reader, sweeps, reports, judged, forecasts: forecaster(stores) };
  addQuestions(app, answers, from);
  addCharts(app, answers, from);
  app.get("/api/report.html", (c) => {
    const asked = readQuery(c, reportQuery);
    c.header("content-disposition", 'attachment; filename="report.html"');
    return answers(c, "text/html; charset=utf-8", () => reportHtml(reader, asked));
  });
  // As a file, so that nothing of it runs at this origin.
  app.get("/api/evaluation.html", (c) => {
    const html = reports.read(readQuery(c, evaluationQuery).name);
    if (html === undefined) throw new UserError("dashboard: there is no such evaluation. Reload the page.");
    c.header("content-disposition", 'attachment; filename="evaluation.html"');
    return c.body(html, 200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" });
  });
}

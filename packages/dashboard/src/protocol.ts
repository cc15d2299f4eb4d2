/**
 * @file What can be asked, the one place where it is said: address → query → answer.
 *
 * The server's routes, the page's questions with their types and docs/dashboard/api.md come from here. A query is refused
 * where it has a part that is not declared, or a value that a part cannot have, and is never ignored.
 */
import { z } from "zod";
import { costs } from "./charts/data/samplers.js";
import { markdownHtml } from "./html/markdown.js";
import { blind, blindResults } from "./read/blind.js";
import { compareRuns } from "./read/compare.js";
import { curveViewFrom, selectExperiment } from "./read/curve.js";
import { homeOf } from "./read/home.js";
import { boardQuery, leaderboard, leaderboardOf } from "./read/leaderboard.js";
import { count, experiment, list, runs, samplersSelection, selection, selectionOf, steps } from "./read/queryParts.js";
import { question } from "./read/question.js";
import { runDetail } from "./read/run.js";
import { listRuns } from "./read/runs.js";
import { samplersFrom } from "./read/samplers.js";
import { samplesOf } from "./read/samples.js";
import { sweepOf } from "./read/sweeps/sweep.js";
import { frozen } from "./read/weeks/frozen.js";
import { meeting } from "./read/weeks/meeting.js";
import { notesOf } from "./read/weeks/notes.js";
import { sinceOf } from "./read/weeks/week.js";
import {
  boardFile,
  chartFile,
  pictureFile,
  samplersFile,
  sliceFile,
  sweepFile,
  trainFile,
  trainLines,
} from "./report/chartFiles.js";

const { strictObject } = z;

export const protocol = {
  "/api/experiments": question({
    what: "every experiment with its question, and how many runs and evaluations it has, the newest first",
    query: strictObject({}),
    of: "figures",
    answer: (_, { reader }) => reader.experiments(),
  }),
  "/api/home": question({
    what: "what is new since a day: the answer in words, what students come to, what is undecided, failures, sweeps, runs, experiments with their last verdict",
    query: strictObject({
      since: z.union([z.iso.date(), z.iso.datetime()]).optional().describe("a day or a time; left out: seven days ago"),
    }),
    answer: ({ since }, { reader, sweeps, judged }) => homeOf(reader, sweeps, sinceOf(since), judged),
  }),
  "/api/curve": question({
    what: "an experiment's quality against steps: lines of points with intervals, entropy, NFE; gains at matched entropy; levels",
    query: strictObject(selection),
    of: "figures",
    answer: (query, { reader }) => curveViewFrom(reader, selectionOf(query)),
  }),
  "/api/leaderboard": leaderboard,
  "/api/blind": blind,
  "/api/runs": question({
    what: "runs, filtered and sorted, with progress, rate and time left, and the config keys that were asked for",
    query: strictObject({
      filter: z.string().optional().describe("terms as in `stage:round lr>=0.001 -tag:bad`"),
      sort: z.string().optional().describe("a field or a config key; `-` in front turns it around"),
      columns: list.optional().describe("config keys, with commas"),
      offset: count.optional(),
      limit: count.min(1).max(500).optional(),
      archived: z.enum(["yes", "no"]).default("no").describe("`yes`: the archived ones instead"),
    }),
    answer: ({ archived, columns = [], ...query }, { reader }) =>
      listRuns(reader, { ...query, columns, archived: archived === "yes" }),
  }),
  "/api/run": question({
    what: "one run: config, log, evaluations, difference to its commit, lineage",
    query: strictObject({ id: z.string().describe("the run's id") }),
    answer: ({ id }, { reader, sweeps }) => runDetail(reader, sweeps, id),
  }),
  "/api/train": question({
    what: "training curves of up to twelve runs, each reduced to a few hundred points",
    query: strictObject({
      run: runs,
      detail: count.min(1).max(10).default(1).describe("times as many points, for who looks at a part"),
    }),
    answer: ({ run, detail }, { reader }) => trainLines(reader, run, detail),
  }),
  "/api/compare": question({
    what: "up to six runs: config keys that differ, paired differences with intervals, samples of the same seed",
    query: strictObject({ run: runs }),
    answer: ({ run }, { reader }) => compareRuns(reader, run),
  }),
  "/api/forecasts": question({
    what: "up to six runs: forecasts, not measurements, of figures that one of them has and another has not, with intervals from held-out cells",
    query: strictObject({ run: runs }),
    of: "figures",
    answer: ({ run }, { forecasts }) => forecasts(run),
  }),
  "/api/samplers": question({
    what: "an experiment's samplers side by side: gain over ancestral steps of the same cost and entropy, and what a sample costs in evaluations and time",
    query: strictObject(samplersSelection),
    of: "figures",
    answer: (query, { reader }) => samplersFrom(reader, query),
  }),
  "/api/sweep": question({
    what: "an experiment's cells over the axes in which they differ, with value, interval, verdict and state; how much each axis matters, and what to run next",
    query: strictObject({ experiment, steps }),
    answer: (query, { reader, sweeps }) => sweepOf(reader, sweeps, query.experiment, query.steps),
  }),
  "/api/meeting": meeting,
  "/api/frozen": frozen,
  "/api/reports": question({
    what: "complete evaluations (eval:report) of an experiment's runs, as `/api/evaluation.html?name=` gives them",
    query: strictObject({ experiment }),
    answer: ({ experiment: name }, { reader, reports }) => {
      const names = new Set(reader.runs({ experiment: selectExperiment(reader, name).name }).map((run) => run.name));
      return reports.list().filter((report) => names.has(report.name));
    },
  }),
  "/api/notes": question({
    what: "an experiment's notes and verdicts, their text as Markdown and as HTML, what they said before they were changed, and what blind tests came to",
    query: strictObject({ experiment }),
    answer: ({ experiment: name }, { reader }) => {
      const found = selectExperiment(reader, name);
      const notes = notesOf(reader, found.name).map((note) => ({ ...note, html: markdownHtml(note.text) }));
      return { experiment: found, notes, blind: blindResults(reader, found.name) };
    },
  }),
  "/api/samples": question({
    what: "an evaluation with its run and the samples that it kept, tokens and the step that revealed each where known",
    query: strictObject({
      key: z.string().describe("an evaluation's key"),
      limit: count.max(50).default(10).describe("at most so many samples"),
    }),
    answer: ({ key, limit }, { reader }) => samplesOf(reader, key, limit),
  }),
};

const quantity = z.enum(["loss", "validationLoss", "learningRate", "gradNorm"]).default("loss");
const along = z.enum(["updates", "tokens", "time"]).default("updates");
const levels = z.enum(["on", "off"]).default("on").describe("whether levels without a step count are drawn");
const smooth = z.coerce.number().min(0).max(0.99).default(0).describe("weight of what came before");

const end = z.coerce.number().optional().describe("where the horizontal axis begins or ends");

/** Charts as files: each address has the endings .svg, .png and .csv, each query a `theme` besides. */
export const charts = {
  "/api/curve": chartFile(strictObject({ ...selection, steps, levels }), (query, { reader }, look) =>
    pictureFile(reader, selectionOf(query), "curve", look),
  ),
  "/api/frontier": chartFile(strictObject({ ...selection, steps, levels }), (query, { reader }, look) =>
    pictureFile(reader, selectionOf(query), "frontier", look),
  ),
  /** A scatter of the first two columns. */
  "/api/leaderboard": chartFile(boardQuery, (query, { reader }, look) => boardFile(leaderboardOf(reader, query), look)),
  "/api/samplers": chartFile(
    strictObject({
      ...samplersSelection,
      cost: z.enum(costs).default("passes").describe("what a sample costs"),
    }),
    (query, { reader }, look) => samplersFile(samplersFrom(reader, query), query.cost, look),
  ),
  "/api/sweep": chartFile(strictObject({ experiment, steps }), (query, { reader, sweeps }, look) =>
    sweepFile(sweepOf(reader, sweeps, query.experiment, query.steps), look),
  ),
  "/api/slice": chartFile(
    strictObject({ experiment, steps, axis: z.string().optional() }),
    ({ experiment: name, steps: count, axis }, { reader, sweeps }, look) =>
      sliceFile(sweepOf(reader, sweeps, name, count), axis, look),
  ),
  "/api/train": chartFile(
    strictObject({ run: runs, quantity, along, smooth, from: end, to: end }),
    ({ run, ...how }, { reader }, look) => trainFile(reader, run, how, look),
  ),
};

type Protocol = typeof protocol;
export type Address = keyof Protocol;
export type AnswerTo<P extends Address> = Awaited<ReturnType<Protocol[P]["answer"]>>;

/** The parts of a query, as text or, where a part may stand several times, as texts. */
export type Asking<P extends Address> = {
  readonly [K in keyof z.input<Protocol[P]["query"]>]?: string | readonly string[] | undefined;
};

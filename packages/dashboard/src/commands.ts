/**
 * @file The dashboard's commands: `serve` shows the page, `plot` and `table` write its chart and its numbers to files.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { constants, loadavg, setPriority } from "node:os";
import { extname } from "node:path";
import { stopRequests, userError } from "@sdtt/core/base";
import { defineCommand, repeatedPaths, rootFolder } from "@sdtt/core/cli";
import { writeFileAtomic } from "@sdtt/core/files";
import { declareMetrics, formatInterval, formatNumber } from "@sdtt/core/statistics";
import { openStore, type Store } from "@sdtt/core/store";
import { z } from "zod";
import type { Curve } from "./charts/data/curve.js";
import { curveTable, markdownTable } from "./charts/data/table.js";
import { measureBeside } from "./generate/beside.js";
import { bigStore, fillStore } from "./generate/bigStore.js";
import { measureDrawn } from "./generate/drawn.js";
import { measureServer } from "./generate/measure.js";
import { type CurveSelection, curveFrom, selectExperiment } from "./read/curve.js";
import { makeDemo } from "./read/stores/demo.js";
import { openStores } from "./read/stores/stores.js";
import { plotCurve } from "./report/plot.js";
import { reportHtml } from "./report/report.js";
import { createApp } from "./server/app.js";
import { newAccess } from "./server/guard.js";
import { listen, loopback } from "./server/listen.js";
import { playWorker } from "./server/play/worker.js";
import { loadWebFiles } from "./server/webFiles.js";

const store = z
  .string()
  .default(() => rootFolder("sdtt.sqlite"))
  .describe("the store's file");

const selection = {
  store,
  experiment: z.string().optional().describe("an experiment's name; left out: the newest with evaluations"),
  measure: z.string().optional().describe("a measure as the page's selector names it; left out: generative perplexity"),
  by: z.array(z.string()).optional().describe("lines apart by these too, as in seed,name"),
  allTemperatures: z.boolean().default(false).describe("also lines of other temperatures than 1"),
};

async function reading<T>(path: string, work: (opened: Store) => T | Promise<T>): Promise<T> {
  const opened = openStore(path, { readonly: true });
  try {
    declareMetrics(opened.definitions());
    return await work(opened);
  } finally {
    opened.close();
  }
}

/** The curve that is asked for; says on standard error which experiment that is, where the store has others. */
function tellingCurve(opened: Store, asked: CurveSelection): Curve {
  const { name } = selectExperiment(opened, asked.experiment);
  const others = opened.experiments().flatMap((one) => (one.name === name ? [] : [one.name]));
  const more = others.length > 5 ? `, and ${others.length - 5} more` : "";
  if (asked.experiment === undefined && others.length > 0)
    process.stderr.write(`experiment ${name}; --experiment takes another: ${others.slice(0, 5).join(", ")}${more}\n`);
  return curveFrom(opened, asked);
}

/** A path, or several with commas between them, which once was the way to name several. */
const pathsOf = (text: string): string[] => (existsSync(text) ? [text] : text.split(","));

/** Resolves where the process is asked to stop; further requests do nothing more. */
const stopped = (): Promise<unknown> => new Promise((resolve) => stopRequests(resolve, () => {}));

export const serveCommand = defineCommand({
  name: "serve",
  summary: "show the page of one or several stores, on this machine only unless told otherwise, until Ctrl-C",
  options: z.object({
    store: repeatedPaths({ min: 1 })
      .default(() => [rootFolder("sdtt.sqlite")])
      .describe("the store's file; given again, all of them as one"),
    demo: z
      .boolean()
      .default(false)
      .describe("show what ships with the project, before there is any store of your own"),
    port: z.number().int().min(0).max(65_535).default(8420).describe("the port; 0 takes any free one"),
    host: z.string().default(loopback).describe("the address to listen on; another than this machine's needs a token"),
    playground: z
      .boolean()
      .optional()
      .describe(
        "let visitors draw samples, in a process of the lowest priority; left out: where only this machine is answered",
      ),
    token: z.string().min(16).optional().describe("what a visitor must know; left out: made up where it is needed"),
  }),
  run: async ({ store: paths, demo: isDemo, playground, port, host, token }) => {
    const isLocal = host === loopback || host === "localhost" || host === "::1";
    const needed = token ?? (isLocal ? null : randomBytes(24).toString("base64url"));
    const worker = playWorker();
    const play = { worker, isOn: playground ?? isLocal };
    const demo = isDemo ? makeDemo() : undefined;
    const stores = openStores(demo ? [demo.path] : paths.flatMap(pathsOf));
    try {
      const app = createApp(stores, loadWebFiles(), { access: newAccess(needed), play });
      const listening = await listen(app, port, host);
      for (const { problem } of stores.states()) if (problem !== null) process.stderr.write(`${problem}\n`);
      const parts = Object.entries({ since: demo?.since, token: needed ?? undefined }).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
      );
      const query = parts.length === 0 ? "" : `?${parts.join("&")}`;
      for (const url of listening.urls) process.stdout.write(`${url}${query}\n`);
      // The first visitor of a large store finds home answered.
      void app.request("http://localhost/api/home", { headers: needed ? { authorization: `Bearer ${needed}` } : {} });
      await stopped();
      await listening.close();
    } finally {
      worker.close();
      stores.close();
      demo?.remove();
    }
  },
});

export const reportCommand = defineCommand({
  name: "report",
  summary: "write an experiment's frozen report, one HTML file that needs no server",
  options: z.object({
    store,
    experiment: selection.experiment,
    out: z.string().default("report.html").describe("the file"),
    theme: z.enum(["light", "dark"]).default("light").describe("colours of the report"),
  }),
  run: ({ out, ...options }) =>
    reading(options.store, (opened) => {
      writeFileAtomic(out, reportHtml(opened, options));
      process.stdout.write(`${out}\n`);
    }),
});

/** `png` or `svg`, by the file's name. */
function formatOf(out: string): "png" | "svg" {
  const format = extname(out).slice(1).toLowerCase();
  if (format === "png" || format === "svg") return format;
  throw userError("plot", "the file's name must end in .png or .svg", `${out} (flag --out)`, "Name it plot.svg, say.");
}

export const plotCommand = defineCommand({
  name: "plot",
  summary: "write an experiment's chart to a PNG or SVG file",
  options: z.object({
    ...selection,
    out: z.string().describe("the file; .png or .svg says which"),
    width: z.number().int().min(200).max(4000).default(900).describe("in pixels (PNG: two for each)"),
    height: z.number().int().min(200).max(4000).default(640).describe("height of the picture in pixels"),
    theme: z.enum(["light", "dark"]).default("light").describe("colours of the picture"),
  }),
  rules: ({ out }) => void formatOf(out),
  run: ({ out, width, height, theme, ...options }) =>
    reading(options.store, (opened) => {
      const curve = tellingCurve(opened, options);
      writeFileAtomic(out, [plotCurve(curve, { format: formatOf(out), width, height, theme })]);
      process.stdout.write(`${out}\n`);
    }),
});

export const tableCommand = defineCommand({
  name: "table",
  summary: "write an experiment's numbers as a Markdown table",
  options: z.object({
    ...selection,
    quantity: z.enum(["value", "entropy"]).default("value").describe("the measure itself, or sample entropy"),
    out: z.string().optional().describe("the file; left out: the terminal"),
  }),
  run: ({ out, quantity, ...options }) =>
    reading(options.store, (opened) => {
      const text = markdownTable(curveTable(tellingCurve(opened, options), quantity));
      if (out === undefined) {
        process.stdout.write(text);
        return;
      }
      writeFileAtomic(out, text);
      process.stdout.write(`${out}\n`);
    }),
});

export const generateCommand = defineCommand({
  name: "generate",
  summary: "fill a new store with made-up runs, to try or time the page",
  options: z.object({
    store: z.string().describe("the store's file; it must not exist yet"),
    runs: z.number().int().positive().default(bigStore.runs).describe("how many runs"),
    points: z.number().int().min(0).default(bigStore.trainPoints).describe("points of training curves"),
    evaluations: z.number().int().min(0).default(bigStore.evaluations).describe("evaluations"),
    samples: z.number().int().min(0).default(bigStore.samples).describe("samples"),
    until: z.iso.date().optional().describe("the day of the newest run; left out: today"),
  }),
  run: async ({ store: path, points, until, ...size }) => {
    if (existsSync(path)) {
      throw userError("generate", "the store must not exist yet", `${path} (flag --store)`, "Name another file.");
    }
    fillStore(path, { ...size, trainPoints: points }, until === undefined ? Date.now() : Date.parse(until));
    process.stdout.write(`${path}\n`);
  },
});

export const measureCommand = defineCommand({
  name: "measure",
  summary:
    "time the answers and the page on a copy of a store (it writes training points into it), or what they cost a training",
  options: z.object({
    store: z.string().describe("the store's file; a copy, because training points are written into it"),
    trials: z.number().int().positive().default(5).describe("how often each question is asked"),
    beside: z
      .boolean()
      .default(false)
      .describe("instead: what viewers and players cost the round that trains into the store meanwhile"),
    viewers: z.number().int().min(0).default(50).describe("who have home open (--beside)"),
    players: z.number().int().min(0).default(4).describe("who draw samples (--beside)"),
    turns: z.number().int().min(2).default(60).describe("how often nobody, then all of them look (--beside)"),
    seconds: z.number().positive().default(2).describe("of half a turn (--beside)"),
  }),
  run: async ({ store: path, trials, beside, viewers, players, ...turns }) => {
    const load = () =>
      loadavg()
        .map((mean) => mean.toFixed(1))
        .join(", ");
    const say = (text: string) => void process.stdout.write(text);
    say(`load averages before: ${load()}\n\n`);
    if (beside) {
      setPriority(constants.priority.PRIORITY_LOW);
      const { slower, given } = await measureBeside(path, { viewers, players }, turns, say);
      say(
        `\nupdates take longer by ${formatNumber(slower.mean)} % ${formatInterval(slower)}; ${given.answers} answers, ${given.samples} samples\n`,
      );
    } else {
      await measureServer(path, trials, say);
      say("\n");
      await measureDrawn(path, trials, say);
    }
    say(`\nload averages after: ${load()}\n`);
  },
});

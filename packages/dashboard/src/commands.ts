/**
 * @file The dashboard's commands: `serve` shows the page, `plot` and `table` write its chart and its numbers to files.
 */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { defineCommand, openStore, type Store, userError } from "@sdtt/core/store";
import { z } from "zod";
import { curveTable, markdownTable } from "./charts/table.js";
import { curveFrom } from "./experiment.js";
import { bigStore, fillStore } from "./generate/bigStore.js";
import { plotCurve } from "./report/plot.js";
import { writeFileAtomic } from "./report/writeFile.js";
import { createApp } from "./server/app.js";
import { listen } from "./server/listen.js";
import { loadWebFiles } from "./server/webFiles.js";

const store = z.string().default(".sdtt/sdtt.sqlite").describe("the store's file");

const selection = {
  store,
  experiment: z.string().optional().describe("an experiment's name; left out: the newest with evaluations"),
  measure: z.string().optional().describe("a measure as the page's selector names it; left out: generative perplexity"),
  allTemperatures: z.boolean().default(false).describe("also lines of other temperatures than 1"),
};

async function reading<T>(path: string, work: (opened: Store) => T | Promise<T>): Promise<T> {
  const opened = openStore(path, { readonly: true });
  try {
    return await work(opened);
  } finally {
    opened.close();
  }
}

/** Resolves at the first SIGINT or SIGTERM; further ones do nothing more. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
  });
}

export const serveCommand = defineCommand({
  name: "serve",
  summary: "show the page of a store, on this machine only, until Ctrl-C",
  options: z.object({
    store,
    port: z.number().int().min(0).max(65_535).default(8420).describe("the port; 0 takes any free one"),
  }),
  run: (options) =>
    reading(options.store, async (opened) => {
      const listening = await listen(createApp(opened, loadWebFiles()), options.port);
      process.stdout.write(`${listening.url}\n`);
      await stopped();
      await listening.close();
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
      const curve = curveFrom(opened, options);
      writeFileAtomic(out, plotCurve(curve, { format: formatOf(out), width, height, theme }));
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
      const text = markdownTable(curveTable(curveFrom(opened, options), quantity));
      if (out === undefined) process.stdout.write(text);
      else writeFileAtomic(out, text);
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

/**
 * @file Which metrics on samples there are: the modules `*.metric` of `text/`, and those that a user names.
 *
 * The folder is the list: a new file is a new metric. Rejected: a table of imports, which every addition would have to touch.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { userError } from "@sdtt/core";
import { z } from "zod";
import { definitionOf, type FigureDeclaration, type SampleMetric } from "./contract.js";

const folder = join(dirname(fileURLToPath(import.meta.url)), "text");

/** Compiling leaves the outputs of sources that are gone: those are no metrics. A package without sources has none of these. */
const sources = folder.replace(/([\\/])dist([\\/]metrics[\\/]text)$/, "$1src$2");
const isLeftOver = (name: string) =>
  sources !== folder && existsSync(sources) && !existsSync(join(sources, name.replace(/\.js$/, ".ts")));

const figureSchema = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case letters, digits and dashes"),
  definition: z.string().optional(),
  version: z.int().positive(),
  what: z.string().min(1),
  unit: z.string().min(1),
  scale: z.enum(["log", "linear"]),
  better: z.enum(["lower", "higher", "matched", "none"]),
  errorOver: z.enum(["samples", "items", "clusterings", "runs"]),
  dependsOnN: z.boolean().optional(),
  suspicious: z.object({ side: z.enum(["below", "above"]), means: z.string() }).optional(),
});
const metricSchema = z.object({
  needs: z.enum(["samples", "samples and training text"]),
  figures: z.array(figureSchema).min(1),
  measure: z.custom<SampleMetric["measure"]>((value) => typeof value === "function", "must be a function"),
});

/** The metric that a module gives. Throws   UserError when its default export is none */
async function metricOf(path: string): Promise<SampleMetric> {
  const where = `metric ${path}`;
  const remedy = "Its default export must be what defineMetric gives.";
  let found: unknown;
  try {
    found = ((await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href)) as { default?: unknown }).default;
  } catch (error) {
    throw userError(where, "the module must load", (error as Error).message.split("\n")[0], remedy, error);
  }
  const parsed = metricSchema.safeParse(found);
  if (parsed.success) return found as SampleMetric;
  const { path: at, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  throw userError(where, "the module must give a metric", `${at.join(".") || "default"}: ${message}`, remedy);
}

async function ownMetrics(): Promise<SampleMetric[]> {
  const names = readdirSync(folder).filter((name) => /\.metric\.(js|ts)$/.test(name) && !isLeftOver(name));
  return Promise.all(names.sort().map((name) => metricOf(join(folder, name))));
}

/** The project's own, in the order of their files' names. */
export const builtinMetrics: readonly SampleMetric[] = await ownMetrics();

const figuresOf = (metrics: readonly SampleMetric[]): FigureDeclaration[] => metrics.flatMap(({ figures }) => figures);

/**
 * The project's own metrics and those of the given modules.
 *
 * Throws   UserError when a module gives no metric, or one whose name or definition is taken
 */
export async function metricsWith(paths: readonly string[]): Promise<readonly SampleMetric[]> {
  const metrics = [...builtinMetrics];
  for (const path of paths) {
    const metric = await metricOf(path);
    const known = figuresOf(metrics);
    for (const figure of metric.figures) {
      const same = known.find((one) => one.name === figure.name || definitionOf(one) === definitionOf(figure));
      if (!same) continue;
      const rule = "a figure must have a name and a definition of its own";
      throw userError(`metric ${path}`, rule, `${figure.name} (${definitionOf(figure)})`, "Give it another name.");
    }
    metrics.push(metric);
  }
  return metrics;
}

/** A figure of the project's own. */
export function figureNamed(name: string): FigureDeclaration {
  const found = figuresOf(builtinMetrics).find((figure) => figure.name === name);
  if (!found) throw new RangeError(`figureNamed: there must be a metric of that name, got ${name}`);
  return found;
}

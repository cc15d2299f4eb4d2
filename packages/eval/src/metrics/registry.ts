/**
 * @file Which metrics there are, on samples (`text/*.metric`) and on data sets (`sets/*.set`), and those that a user names.
 */
import { userError } from "@sdtt/core/base";
import { exportOf } from "@sdtt/core/files";
import { z } from "zod";
import { definitionOf, type FigureDeclaration, type SampleMetric } from "./contract.js";
import type { DataSet } from "./dataSet.js";
import { modulesIn } from "./modules.js";

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
const isFunction = (value: unknown) => typeof value === "function";
const metricSchema = z.discriminatedUnion("needs", [
  z.object({
    needs: z.enum(["samples", "samples and training text"]),
    figures: z.array(figureSchema).min(1),
    measure: z.custom(isFunction, "must be a function"),
  }),
  z.object({
    needs: z.literal("dataset"),
    name: z.string().min(1),
    figures: z.custom(isFunction, "must be a function"),
    open: z.custom(isFunction, "must be a function"),
  }),
]);
const remedy = "Its default export must be a metric (docs/evaluation.md).";
const metricOf = (path: string) => exportOf<SampleMetric | DataSet>("metric", path, metricSchema, remedy);

const isSet = (metric: SampleMetric | DataSet): metric is DataSet => metric.needs === "dataset";
const builtin = await Promise.all([...modulesIn("text", "metric"), ...modulesIn("sets", "set")].map(metricOf));

/** The project's own, in the order of their files' names. */
export const builtinMetrics: readonly SampleMetric[] = builtin.filter((metric) => !isSet(metric));
export const builtinSets: readonly DataSet[] = builtin.filter(isSet);

const figuresOf = (metrics: readonly SampleMetric[]): FigureDeclaration[] => metrics.flatMap(({ figures }) => figures);

/** Every figure of a set, of either kind of model. */
export const figuresOfSet = (set: DataSet): FigureDeclaration[] =>
  [false, true].flatMap((causal) => set.figures(causal));

export interface Metrics {
  readonly metrics: readonly SampleMetric[];
  readonly sets: readonly DataSet[];
}

/**
 * The project's own metrics and those of the given modules.
 *
 * Throws   UserError when a module gives no metric, or one whose name or definition is taken
 */
export async function metricsWith(paths: readonly string[]): Promise<Metrics> {
  const [metrics, sets] = [[...builtinMetrics], [...builtinSets]];
  for (const path of paths) {
    const metric = await metricOf(path);
    const known = [...figuresOf(metrics), ...sets.flatMap(figuresOfSet)];
    for (const figure of isSet(metric) ? figuresOfSet(metric) : metric.figures) {
      const same = known.find((one) => one.name === figure.name || definitionOf(one) === definitionOf(figure));
      if (!same) continue;
      const rule = "a figure must have a name and a definition of its own";
      throw userError(`metric ${path}`, rule, `${figure.name} (${definitionOf(figure)})`, "Give it another name.");
    }
    if (isSet(metric)) sets.push(metric);
    else metrics.push(metric);
  }
  return { metrics, sets };
}

/** A figure of the project's own. */
export function figureNamed(name: string): FigureDeclaration {
  const found = figuresOf(builtinMetrics).find((figure) => figure.name === name);
  if (!found) throw new RangeError(`figureNamed: there must be a metric of that name, got ${name}`);
  return found;
}

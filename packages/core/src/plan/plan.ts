/**
 * @file `--dry-run`: what a stage would need, printed instead of run.
 *
 * Nothing is written and no weights are read. Time is operations over a rate: that of a product measured now, or one that
 * is given. What is not a product, and all reading and writing, comes on top, so it is a lower bound.
 */

import { duration } from "../base/progress.js";
import { alignTable } from "../cli/table.js";
import { type Device, type engineChoices, openEngine } from "../engine/open.js";
import { type ModelConfig, modelParameters } from "../model/presets.js";
import { parameterCount } from "../nn/params.js";
import type { MemoryPart } from "./memory.js";
import { matrixRates } from "./rate.js";

/** Operations of one unit of work (an update, a sample), and how many units there are. */
export interface Work {
  readonly unit: string;
  readonly count: number;
  readonly flopsEach: number;
}

export interface Plan {
  readonly stage: string;
  /** What the sizes were taken from, and what else a reader must know. */
  readonly notes: readonly string[];
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly memory: readonly MemoryPart[];
  readonly work: readonly Work[];
}

export interface PlannedCost {
  readonly parameters: Readonly<Record<string, number>>;
  readonly memoryBytes: number;
  readonly flops: number;
  /** Of a product, measured. */
  readonly gflopsPerSecond: number;
  readonly rateSource: string;
  readonly seconds: number;
}

export function totalFlops({ work }: Pick<Plan, "work">): number {
  return work.reduce((sum, { count, flopsEach }) => sum + count * flopsEach, 0);
}

function costOf(plan: Plan, rate: { readonly gflops: number; readonly source: string }): PlannedCost {
  const flops = totalFlops(plan);
  const counts = Object.entries(plan.models).map(([name, model]) => [name, parameterCount(modelParameters(model))]);
  return {
    parameters: Object.fromEntries(counts),
    memoryBytes: plan.memory.reduce((sum, { bytes }) => sum + bytes, 0),
    flops,
    gflopsPerSecond: rate.gflops,
    rateSource: rate.source,
    seconds: flops === 0 ? 0 : flops / rate.gflops / 1e9,
  };
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
const engineering = (flops: number): string => `${(flops / 1e12).toPrecision(3)} TFLOP`;

/** `m:ss` up to a day, then days. */
function longDuration(seconds: number): string {
  return seconds < 2 * 86_400 ? duration(1000 * seconds) : `${(seconds / 86_400).toPrecision(3)} days`;
}

/** The plan as lines of two columns. */
function planTable(plan: Plan, cost: PlannedCost): string {
  const { models, memory, work, notes } = plan;
  const sizeOf = ({ kind, blocks, width, heads, length, vocabSize }: ModelConfig) =>
    `${kind}, ${blocks} blocks, D ${width}, H ${heads}, L ${length}, V ${vocabSize}`;
  const rate = `${cost.gflopsPerSecond.toPrecision(3)} GFLOP/s, ${cost.rateSource}`;
  const totals: [string, string][] = [
    ["FLOPs, total", engineering(cost.flops)],
    ["time, at least", `${longDuration(cost.seconds)} (${rate})`],
  ];
  const rows: [string, string][] = [
    ...Object.entries(models).map(([name, model]): [string, string] => [
      `parameters, ${name}`,
      `${((cost.parameters[name] ?? 0) / 1e6).toFixed(1)}M (${sizeOf(model)})`,
    ]),
    ...(memory.length > 0 ? [["memory", gibibytes(cost.memoryBytes)] satisfies [string, string]] : []),
    ...memory.map(({ what, bytes }): [string, string] => [`  ${what}`, gibibytes(bytes)]),
    ...work.map(({ unit, count, flopsEach }): [string, string] => [
      `FLOPs, ${unit}`,
      `${engineering(flopsEach)} × ${count}`,
    ]),
    ...(work.length > 0 ? totals : []),
    ...notes.map((note): [string, string] => ["note", note]),
  ];
  return `${plan.stage}: dry run, nothing is read or written\n${alignTable(rows, () => false)}`;
}

export interface PlanOptions {
  readonly engine: (typeof engineChoices)[number];
  readonly device?: Device;
  readonly threads?: number | undefined;
  /** GFLOP/s to plan with; left out, measured. */
  readonly gflops?: number | undefined;
  readonly json: boolean;
}

async function rateOf(plan: Plan, { engine: choice, device, threads, gflops }: PlanOptions) {
  if (gflops) return { gflops, source: "given with --gflops" };
  if (plan.work.length === 0) return { gflops: 0, source: "no products" };
  const engine = await openEngine(choice, { threads, ...(device && { device }) });
  const source = `the fastest of 16 products of 1024², measured now, ${engine.description}`;
  return { gflops: (await matrixRates(engine, 16)).best, source };
}

/** Measures the rate where none is given, about a second, and prints the plan. */
export async function printPlan(plan: Plan, o: PlanOptions): Promise<void> {
  const cost = costOf(plan, await rateOf(plan, o));
  const shown = o.json ? JSON.stringify({ ...plan, ...cost }, null, 2) : planTable(plan, cost);
  process.stdout.write(`${shown}\n`);
}

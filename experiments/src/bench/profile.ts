/**
 * @file An update broken down by operator: what ONNX Runtime measured, added up a kind of program.
 *
 * Programs that differ in capacity only are one kind. The first run of each is left out, because it finds its memory.
 * Measuring costs a few microseconds an operator: much for thousands of small ones, nothing for a hundred products of
 * matrices. So what products take of an update is their measured time over that of updates that are not profiled, the
 * two in turn, because on a shared machine both change from second to second.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { type EngineOptions, openEngine } from "@sdtt/core/engine";
import { modelParameters } from "@sdtt/core/model";
import { mean } from "@sdtt/core/statistics";
import { modelOf, type Options } from "./options.js";
import { cheapWeights } from "./realSize/cases.js";
import { mdlmUpdate, sdttUpdate, turns } from "./updates.js";

export interface OperatorTime {
  readonly operator: string;
  /** A run, all nodes of this operator together. */
  readonly ms: number;
  /** Of the run's time. */
  readonly share: number;
  /** Nodes that ran, in one run. */
  readonly nodes: number;
}

export interface KindProfile {
  /** The program's name without its capacity. */
  readonly program: string;
  /** Those that the figures are of. */
  readonly runs: number;
  /** With those that are left out. */
  readonly allRuns: number;
  /** A run, from its begin to its end. */
  readonly ms: number;
  /** Of that, products of matrices. */
  readonly gemmShare: number;
  /** Slowest first. */
  readonly operators: readonly OperatorTime[];
}

/** The round in the middle of several by its share. */
export interface UpdateProfile {
  /** An update that is not profiled, in the mean. */
  readonly ms: number;
  /** What products of matrices take in one update, in the mean. */
  readonly productsMs: number;
  readonly productsShare: number;
  readonly programs: readonly KindProfile[];
  /** Smallest and largest of all rounds. */
  readonly shareRange: readonly [number, number];
}

interface Event {
  readonly cat: string;
  readonly name: string;
  /** Microseconds, as `ts`. */
  readonly dur: number;
  readonly ts: number;
  readonly args?: { readonly op_name?: string };
}

export const isProduct = (operator: string): boolean => /MatMul|Gemm/.test(operator);

interface Sums {
  runs: number;
  allRuns: number;
  microseconds: number;
  readonly operators: Map<string, { microseconds: number; nodes: number }>;
}

const isNode = ({ cat, name }: Event): boolean => cat === "Node" && name.endsWith("_kernel_time");

/** Time of each node without that of the nodes inside it: a Scan's body counts by its own operators. */
function ownTimes(events: readonly Event[]): [Event, number][] {
  const nodes = events.filter(isNode).sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const own = nodes.map(({ dur }) => dur);
  let around = -1;
  nodes.forEach(({ ts, dur, args }, i) => {
    const outer = nodes[around];
    if (outer && ts < outer.ts + outer.dur) own[around] = (own[around] as number) - dur;
    else around = args?.op_name === "Scan" ? i : -1;
  });
  return nodes.map((node, i) => [node, own[i] as number]);
}

function addFile(sums: Sums, events: readonly Event[]): void {
  const runs = events.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  const from = runs[1]?.ts ?? Number.POSITIVE_INFINITY;
  sums.allRuns += runs.length;
  for (const { dur } of runs.slice(1)) {
    sums.runs++;
    sums.microseconds += dur;
  }
  for (const [{ ts, args }, own] of ownTimes(events)) {
    if (ts < from) continue;
    const operator = args?.op_name ?? "unnamed";
    const sum = sums.operators.get(operator) ?? { microseconds: 0, nodes: 0 };
    sums.operators.set(operator, { microseconds: sum.microseconds + own, nodes: sum.nodes + 1 });
  }
}

function kindOf(program: string, { runs, allRuns, microseconds, operators }: Sums): KindProfile {
  const each = [...operators].map(([operator, sum]) => ({
    operator,
    ms: sum.microseconds / 1000 / runs,
    share: sum.microseconds / microseconds,
    nodes: Math.round(sum.nodes / runs),
  }));
  each.sort((a, b) => b.ms - a.ms);
  const gemmShare = each.reduce((sum, { operator, share }) => sum + (isProduct(operator) ? share : 0), 0);
  return { program, runs, allRuns, ms: microseconds / 1000 / runs, gemmShare, operators: each };
}

/** What the files of a folder say, a kind of program each; programs that ran once say nothing. */
function readProfiles(folder: string): KindProfile[] {
  const kinds = new Map<string, Sums>();
  for (const file of readdirSync(folder)) {
    const program = decodeURIComponent(file.split("~")[1] ?? "").split("[")[0] as string;
    const sums = kinds.get(program) ?? { runs: 0, allRuns: 0, microseconds: 0, operators: new Map() };
    kinds.set(program, sums);
    addFile(sums, JSON.parse(readFileSync(join(folder, file), "utf8")));
  }
  return [...kinds].filter(([, { runs }]) => runs > 0).map(([program, sums]) => kindOf(program, sums));
}

/** Each update ends with one run of its step. */
export function productsOf(programs: readonly KindProfile[]): number {
  const updates = programs.find(({ program }) => program.endsWith(", step"))?.allRuns ?? Number.NaN;
  return programs.reduce((sum, { ms, gemmShare, allRuns }) => sum + (ms * gemmShare * allRuns) / updates, 0);
}

const updateKinds = { mdlm_update: mdlmUpdate, sdtt_update: sdttUpdate };

/** `repeats` warm updates as they are, in turn with as many that are profiled. The profiles' files are deleted after. */
async function oneRound(o: Options, run: typeof mdlmUpdate): Promise<Omit<UpdateProfile, "shareRange">> {
  const profileTo = mkdtempSync(join(tmpdir(), "sdtt-profile-"));
  const turn = turns();
  const updates = async (settings: EngineOptions) => {
    const engine = await openEngine(o.engine, { ...o, ...settings });
    return run(engine, o, cheapWeights(modelParameters(modelOf(o))), turn);
  };
  try {
    const [{ times }] = await Promise.all([updates({}), updates({ profileTo })]);
    const ms = mean(times);
    const programs = readProfiles(profileTo);
    const productsMs = productsOf(programs);
    return { ms, productsMs, productsShare: productsMs / ms, programs };
  } finally {
    rmSync(profileTo, { recursive: true, force: true });
  }
}

/**
 * Each kind of update that `only` names, in `rounds` rounds of `repeats` warm updates.
 *
 * Throws   UserError on another engine than onnx
 */
export async function profileUpdates(o: Options): Promise<Record<string, UpdateProfile>> {
  const { name: engine } = await openEngine(o.engine, o);
  if (engine !== "onnx") throw notOnnx(engine);
  const found: Record<string, UpdateProfile> = {};
  for (const [name, run] of Object.entries(updateKinds)) {
    if (!o.only.some((asked) => asked === name)) continue;
    const rounds: Omit<UpdateProfile, "shareRange">[] = [];
    for (let round = 0; round < o.rounds; round++) rounds.push(await oneRound(o, run));
    rounds.sort((a, b) => a.productsShare - b.productsShare);
    const at = (i: number) => rounds[i] as (typeof rounds)[number];
    const shareRange = [at(0).productsShare, at(rounds.length - 1).productsShare] as const;
    found[name] = { ...at(Math.floor(rounds.length / 2)), shareRange };
  }
  return found;
}

const notOnnx = (name: string) =>
  userError(
    "bench",
    "only the onnx engine says what its operators cost",
    `${name} (flag --engine)`,
    "Use --engine=onnx.",
  );

const largest = 16;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const line = (operator: string, ms: number, share: number, nodes: number | "") =>
  `  ${operator.padEnd(24)}${ms.toFixed(2).padStart(10)} ms${percent(share).padStart(9)}${String(nodes).padStart(7)}`;

/** The slowest operators first, the rest in one line. */
function kindTable(name: string, { program, ms, runs, gemmShare, operators }: KindProfile): string[] {
  const rest = operators.slice(largest);
  const sum = (of: (one: OperatorTime) => number) => rest.reduce((total, one) => total + of(one), 0);
  const others = () =>
    line(
      `${rest.length} others`,
      sum((one) => one.ms),
      sum((one) => one.share),
      "",
    );
  return [
    `${name}, program "${program}": ${ms.toFixed(1)} ms a run, ${runs} runs, products ${percent(gemmShare)}`,
    `  ${"operator".padEnd(24)}${"time".padStart(13)}${"share".padStart(9)}${"nodes".padStart(7)}`,
    ...operators.slice(0, largest).map((one) => line(one.operator, one.ms, one.share, one.nodes)),
    ...(rest.length > 0 ? [others()] : []),
    "",
  ];
}

/** One table a kind of program, and what products of matrices take of the whole. */
export function profileTable(found: Readonly<Record<string, UpdateProfile>>): string {
  return Object.entries(found)
    .flatMap(([name, { ms, productsMs, productsShare, programs, shareRange }]) => [
      ...programs.flatMap((kind) => kindTable(name, kind)),
      `${name}: products ${productsMs.toFixed(1)} ms of ${ms.toFixed(1)} ms without profiling, ${percent(productsShare)} (${shareRange.map(percent).join(" – ")} over rounds)`,
      "",
    ])
    .join("\n");
}

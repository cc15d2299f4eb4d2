/**
 * @file An update broken down by operator: what ONNX Runtime measured, added up a kind of program.
 *
 * Programs that differ in capacity only are one kind. The first run of each is left out, because it finds its memory.
 * Measuring costs a few microseconds an operator, which the total of a kind shows beside an update's unprofiled time.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelParameters, openEngine, userError } from "@sdtt/core";
import { cheapWeights } from "../realSize/cases.js";
import { modelOf, type Options } from "./options.js";
import { mdlmUpdate, sdttUpdate } from "./updates.js";

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
  readonly runs: number;
  /** A run, from its begin to its end. */
  readonly ms: number;
  /** Of that, products of matrices. */
  readonly gemmShare: number;
  /** Slowest first. */
  readonly operators: readonly OperatorTime[];
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

function kindOf(program: string, { runs, microseconds, operators }: Sums): KindProfile {
  const each = [...operators].map(([operator, sum]) => ({
    operator,
    ms: sum.microseconds / 1000 / runs,
    share: sum.microseconds / microseconds,
    nodes: Math.round(sum.nodes / runs),
  }));
  each.sort((a, b) => b.ms - a.ms);
  const gemmShare = each.reduce((sum, { operator, share }) => sum + (isProduct(operator) ? share : 0), 0);
  return { program, runs, ms: microseconds / 1000 / runs, gemmShare, operators: each };
}

/** What the files of a folder say, a kind of program each; programs that ran once say nothing. */
export function readProfiles(folder: string): KindProfile[] {
  const kinds = new Map<string, Sums>();
  for (const file of readdirSync(folder)) {
    const program = decodeURIComponent(file.split("~")[1] ?? "").split("[")[0] as string;
    const sums = kinds.get(program) ?? { runs: 0, microseconds: 0, operators: new Map() };
    kinds.set(program, sums);
    addFile(sums, JSON.parse(readFileSync(join(folder, file), "utf8")));
  }
  return [...kinds].filter(([, { runs }]) => runs > 0).map(([program, sums]) => kindOf(program, sums));
}

/**
 * Runs `repeats` warm updates of each kind that `only` names with profiling on; the files are deleted after.
 *
 * Throws   UserError on another engine than onnx
 */
export async function profileUpdates(o: Options): Promise<Record<string, KindProfile[]>> {
  const found: Record<string, KindProfile[]> = {};
  for (const [name, run] of Object.entries({ mdlm_update: mdlmUpdate, sdtt_update: sdttUpdate })) {
    if (!o.only.some((asked) => asked === name)) continue;
    const profileTo = mkdtempSync(join(tmpdir(), "sdtt-profile-"));
    try {
      const engine = await openEngine(o.engine, { ...o, profileTo });
      if (engine.name !== "onnx") throw notOnnx(engine.name);
      await run(engine, o, cheapWeights(modelParameters(modelOf(o))));
      found[name] = readProfiles(profileTo);
    } finally {
      rmSync(profileTo, { recursive: true, force: true });
    }
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

/** One table a kind of program, the slowest operators first. */
export function profileTable(found: Readonly<Record<string, readonly KindProfile[]>>): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(9);
  const line = (operator: string, ms: number, share: number, nodes: number | "") =>
    `  ${operator.padEnd(24)}${ms.toFixed(2).padStart(10)} ms${percent(share)}${String(nodes).padStart(7)}`;
  return Object.entries(found)
    .flatMap(([name, kinds]) =>
      kinds.flatMap(({ program, ms, runs, gemmShare, operators }) => {
        const shown = operators.slice(0, largest).map((one) => line(one.operator, one.ms, one.share, one.nodes));
        const rest = operators.slice(largest);
        const sum = (of: (one: OperatorTime) => number) => rest.reduce((total, one) => total + of(one), 0);
        const tail =
          rest.length > 0
            ? [
                line(
                  `${rest.length} others`,
                  sum((r) => r.ms),
                  sum((r) => r.share),
                  "",
                ),
              ]
            : [];
        const head = `${name}, program "${program}": ${ms.toFixed(1)} ms a run, ${runs} runs, products ${percent(gemmShare).trim()}`;
        return [
          head,
          `  ${"operator".padEnd(24)}${"time".padStart(13)}${"share".padStart(9)}${"nodes".padStart(7)}`,
          ...shown,
          ...tail,
          "",
        ];
      }),
    )
    .join("\n");
}

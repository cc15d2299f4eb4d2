/**
 * @file `real-size`: what the published sizes cost on this machine, in seconds and in memory.
 *
 * Each case is a process of its own, because the memory that is reported is the most that a process ever held.
 */
import { startProgress, UserError, userError } from "@sdtt/core/base";
import { defineCommand, markdownRows } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { commitOf, machineOf } from "@sdtt/core/workspace";
import { execa } from "execa";
import { z } from "zod";
import { programs } from "../../programs.js";
import { type CaseName, caseNames, cases, type Outcome } from "./cases.js";
import { scaleNames, sizes } from "./sizes.js";

const options = z.object({
  only: z
    .array(z.enum(caseNames))
    .min(1)
    .default([...caseNames])
    .describe("cases to run, as in mdlm-update,judge-large"),
  scale: z.enum(scaleNames).default("full").describe("full, or a smaller scale of the same runs"),
  sequences: z.int().positive().default(2).describe("sequences of an update"),
  microbatch: z.int().positive().default(1).describe("sequences that go through the network together"),
  steps: z.int().positive().default(8).describe("steps of sampling"),
  inside: z.boolean().default(false).describe("run the one case in this process"),
  ...engineFlags,
  json: z.boolean().default(false).describe("print JSON instead of a table"),
});

type Options = z.output<typeof options>;

export interface Measured extends Outcome {
  readonly name: CaseName;
  /** Of the whole process on all threads, making the weights included: busy neighbours stretch `seconds`, not this. */
  readonly processorSeconds: number;
  readonly peakGiB: number;
}

async function runInside(o: Options): Promise<Measured> {
  const [name] = o.only as [CaseName];
  const engine = await openEngine(o.engine, o);
  const outcome = await cases[name](engine, sizes[o.scale], o);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const processorSeconds = (userCPUTime + systemCPUTime) / 1e6;
  return { name, ...outcome, processorSeconds, peakGiB: maxRSS / 2 ** 20 };
}

async function runOutside(o: Options, name: CaseName): Promise<Measured> {
  const shared = [`--scale=${o.scale}`, `--sequences=${o.sequences}`, `--microbatch=${o.microbatch}`];
  const more = [
    `--steps=${o.steps}`,
    `--engine=${o.engine}`,
    `--device=${o.device}`,
    ...(o.threads ? [`--threads=${o.threads}`] : []),
  ];
  const args = ["real-size", `--only=${name}`, "--inside", "--json", ...shared, ...more];
  const { exitCode, stdout, signal } = await execa(process.execPath, [programs.experiments, ...args], {
    stderr: "inherit",
    reject: false,
  });
  if (exitCode === 1) throw new UserError(`real-size: ${name} was refused; see its message above.`);
  if (exitCode !== 0) throw new Error(`${name} ended with ${signal ?? `exit code ${exitCode}`}`);
  return JSON.parse(stdout).runs[0];
}

/** One row a case, in Markdown: docs/real-size.md is written with it. */
export function realSizeTable(runs: readonly Measured[]): string {
  const rows = runs.map(({ name, parameters, seconds, processorSeconds, peakGiB, detail }) => [
    ...[name, `${Math.round(parameters / 1e6)}M`, seconds.toFixed(1), processorSeconds.toFixed(1)],
    ...[peakGiB.toFixed(2), detail],
  ]);
  const head = ["run", "parameters", "seconds", "processor seconds", "peak memory, GiB", "computed"];
  return markdownRows([head, ...rows], (column) => column > 0 && column < 5);
}

export const realSize = defineCommand({
  name: "real-size",
  summary: "time and memory of the published sizes on this machine, a process each",
  options,
  rules(o) {
    if (!o.inside || o.only.length === 1) return;
    throw userError("real-size", "--inside runs one case", o.only.join(","), "Give one name to --only.");
  },
  async run(o) {
    const runs: Measured[] = [];
    if (o.inside) runs.push(await runInside(o));
    else {
      const progress = startProgress({ label: "real-size", total: o.only.length, unit: "runs" });
      for (const name of o.only) {
        progress.update(runs.length, name);
        const run = await runOutside(o, name);
        runs.push(run);
        process.stderr.write(`${name}: ${run.seconds.toFixed(1)} s, ${run.peakGiB.toFixed(2)} GiB\n`);
      }
      progress.update(runs.length);
      progress.done();
    }
    const { commit, dirty } = commitOf();
    const facts = { machine: machineOf(), commit: `${commit}${dirty ? " and changes" : ""}`, scale: o.scale };
    if (o.json) process.stdout.write(`${JSON.stringify({ ...facts, runs }, null, 2)}\n`);
    else process.stdout.write(`${realSizeTable(runs)}\n\n${facts.machine} · ${facts.commit} · scale ${facts.scale}\n`);
  },
});

/**
 * @file The command line of an external program here: on one machine, or over the nodes that Slurm gave the task.
 *
 * On one machine the processes of all nodes run together, so that a definition for two nodes of four runs as one of
 * eight. Under Slurm the program is started once a node by `srun`, and told where the first of them is.
 */
import { execFileSync } from "node:child_process";
import { userError } from "@sdtt/core/base";
import { filled, type Values } from "./options.js";

interface Asked {
  readonly run: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly values: Values;
  readonly nodes: number;
  readonly processes: number;
  readonly seed?: number | undefined;
}

export interface Known {
  readonly out: string;
  readonly threads: number;
  readonly attempt: number;
}

/** The first of the task's nodes, by name. */
function firstNode(list: string): string {
  return execFileSync("scontrol", ["show", "hostnames", list], { encoding: "utf8" }).trim().split("\n")[0] as string;
}

/** A port of this task's own above those that systems give away, from the job's number. */
const portOf = (job: string | undefined): number => 20_000 + (Number(job ?? process.pid) % 10_000);

/** Where a node is reached: its address, which may be another name than Slurm's. */
function addressOf(node: string): string {
  const shown = execFileSync("scontrol", ["show", "node", node], { encoding: "utf8" });
  return /NodeAddr=(\S+)/.exec(shown)?.[1] ?? node;
}

function slurmPlace(nodes: number, threads: number, env: NodeJS.ProcessEnv) {
  const given = Number(env.SLURM_JOB_NUM_NODES ?? env.SLURM_NNODES ?? 1);
  if (given < nodes) {
    const remedy = "Submit the sweep again: it asks for as many as its largest stage needs.";
    throw userError("command", `the task must have ${nodes} nodes`, given, remedy);
  }
  const prefix = ["srun", `--nodes=${nodes}`, `--ntasks=${nodes}`, "--ntasks-per-node=1", `--cpus-per-task=${threads}`];
  const master = addressOf(firstNode(env.SLURM_JOB_NODELIST ?? ""));
  return { prefix: [...prefix, "--kill-on-bad-exit=1"], master };
}

/** Arguments and environment with every name filled in. Throws   UserError where Slurm gave too few nodes */
export function launchOf(asked: Asked, known: Known, env: NodeJS.ProcessEnv = process.env) {
  const { run, nodes, processes, seed } = asked;
  const spread = nodes > 1 && env.SLURM_JOB_ID !== undefined;
  const { prefix, master } = spread ? slurmPlace(nodes, known.threads, env) : { prefix: [], master: "127.0.0.1" };
  const here = spread ? { nodes, processes } : { nodes: 1, processes: nodes * processes };
  const port = portOf(env.SLURM_JOB_ID);
  const values: Values = { ...asked.values, ...known, ...here, master, port, ...(seed !== undefined && { seed }) };
  const own = Object.entries(asked.environment).map(([name, text]) => [name, filled(text, values)]);
  const each = Math.max(1, Math.floor(known.threads / here.processes));
  return {
    argv: [...prefix, ...run.map((text) => filled(text, values))],
    env: {
      OMP_NUM_THREADS: String(each),
      ...env,
      SDTT_OUT: known.out,
      ...Object.fromEntries(own),
    } as NodeJS.ProcessEnv,
  };
}

/**
 * @file Slurm's commands, and what they print, as Slurm 22.05 does: sbatch --parsable, squeue, scancel, scontrol, sacct.
 */
import { UserError, userError } from "@sdtt/core/base";
import { execa } from "execa";

interface Said {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of Slurm's commands. Throws   UserError when it is not installed */
async function call(program: string, ...args: string[]): Promise<Said> {
  const { exitCode, stdout, stderr, code } = await execa(program, args, { reject: false });
  if (code === "ENOENT") {
    const remedy = "Submit from a host of the cluster, or use --launcher=local.";
    throw userError("slurm", `${program} must be installed here`, "no such command", remedy);
  }
  return { code: exitCode, stdout: String(stdout ?? ""), stderr: String(stderr ?? "") };
}

/** The same where a program may be missing. */
const maybeCall = (...command: Parameters<typeof call>): Promise<Said | undefined> =>
  call(...command).catch((error) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });

const firstLine = ({ stdout, stderr }: Said): string => (stderr || stdout).trim().split("\n")[0] ?? "";

/** What a ping said of the controller, which it may say with any exit code; else its complaint, else that it said nothing. */
function answerOf(ping: Said): string {
  const state = /^Slurmctld.*$/m.exec(ping.stdout)?.[0].trim();
  return state || firstLine(ping) || `no answer (exit code ${ping.code})`;
}

/** Refuses a Slurm that does not answer, before anything is submitted. Returns its largest array index plus one. */
export async function checkSlurm(): Promise<number> {
  const ping = await call("scontrol", "ping");
  if (ping.code !== 0 || !/ is UP/.test(ping.stdout)) {
    const got = answerOf(ping);
    throw userError("slurm", "its controller must answer (scontrol ping)", got, "Start it, or use --launcher=local.");
  }
  const config = await call("scontrol", "show", "config");
  return Number(/MaxArraySize\s*=\s*(\d+)/.exec(config.stdout)?.[1] ?? 1001);
}

/** Submits a script; returns the job's number. Throws   UserError with Slurm's own words when it refuses */
export async function sbatch(args: readonly string[]): Promise<string> {
  const said = await call("sbatch", "--parsable", ...args);
  // "123" or "123;cluster".
  const job = /^(\d+)(?:;.*)?$/m.exec(said.stdout)?.[1];
  if (said.code === 0 && job) return job;
  const remedy = "See --partition, --account, --time, --mem and what else sweep --help has of slurm.";
  throw userError("slurm", "it must accept the job", firstLine(said) || `exit code ${said.code}`, remedy);
}

export interface QueuedTask {
  readonly index: number;
  /** PD, R, CG, RQ, … */
  readonly state: string;
  readonly reason: string;
}

/** The tasks of an array job that are queued or run; undefined when Slurm does not answer just now. */
export async function queuedTasks(job: string): Promise<QueuedTask[] | undefined> {
  const said = await call("squeue", "--noheader", "--array", `--jobs=${job}`, "--format=%i|%t|%R");
  if (said.code !== 0) return /Invalid job id/.test(said.stderr) ? [] : undefined;
  return parseQueue(said.stdout);
}

/** Lines such as `17_3|R|n1` and `17_4|PD|(Resources)`; a job that has no tasks yet is `17_[0-5%2]|PD|(None)`. */
export function parseQueue(text: string): QueuedTask[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", state = "", reason = ""] = line.trim().split("|");
    const match = /^\d+_(?:(\d+)|\[([\d,-]+)(?:%\d+)?\])$/.exec(id);
    if (!match) return [];
    const indices = match[1] === undefined ? indicesOf(match[2] as string) : [Number(match[1])];
    return indices.map((index) => ({ index, state, reason }));
  });
}

/** What Slurm says of a task that is gone; undefined when it knows nothing any more. */
export async function endOfTask(job: string, index: number): Promise<string | undefined> {
  const shown = await call("scontrol", "show", "job", `${job}_${index}`, "--oneliner");
  const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S+)`).exec(shown.stdout)?.[1];
  const state = field("JobState");
  if (shown.code === 0 && state) {
    return endInWords({ state, code: field("ExitCode"), node: field("NodeList"), reason: field("Reason") });
  }
  const columns = "--format=State,ExitCode,NodeList,Reason";
  const filed = await maybeCall(
    "sacct",
    "--noheader",
    "--parsable2",
    "--allocations",
    `--jobs=${job}_${index}`,
    columns,
  );
  const [past, code, node, reason] = filed?.code === 0 ? (filed.stdout.split("\n")[0] ?? "").split("|") : [];
  return past ? endInWords({ state: past, code, node, reason }) : undefined;
}

interface End {
  readonly state: string;
  /** EXIT:SIGNAL. */
  readonly code: string | undefined;
  readonly node: string | undefined;
  readonly reason: string | undefined;
}

/** Ends that Slurm gives a number instead of a word. */
const meanings: Readonly<Record<string, string>> = {
  "0:53": "its log could not be opened there",
  "0:9": "killed",
  "0:125": "out of memory",
  "127:0": "a program was not found there",
};

function endInWords({ state, code, node, reason }: End): string {
  const said = [state, ...(reason && !/^(None|\(null\))$/.test(reason) ? [reason] : [])].join(", ");
  const meaning = code && meanings[code] ? `, ${meanings[code]}` : "";
  const how = code && code !== "0:0" ? ` with exit code ${code}${meaning}` : "";
  return `${said}${how}${node && node !== "(null)" ? ` on ${node}` : ""}`;
}

/** `0-3,7` → 0, 1, 2, 3, 7. */
export function indicesOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

/** 0, 1, 2, 3, 7 → `0-3,7`: sbatch's spelling. */
export function spelledIndices(indices: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    if (run && run[1] + 1 === index) run[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

export async function scancel(job: string, indices: readonly number[]): Promise<void> {
  if (indices.length > 0) await call("scancel", `${job}_[${spelledIndices(indices)}]`);
}

/** Puts the task that this process is back into the queue. */
export async function requeueSelf(env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const { SLURM_ARRAY_JOB_ID: job, SLURM_ARRAY_TASK_ID: task } = env;
  if (!job || !task) return false;
  return (await call("scontrol", "requeue", `${job}_${task}`)).code === 0;
}

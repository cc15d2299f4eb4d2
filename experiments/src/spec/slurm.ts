/**
 * @file What may be asked of Slurm for a task, by the names of sbatch's own options: in a definition (`limits.slurm`), in
 * a file of a site, or as flags.
 *
 * Values go to sbatch as they are, never through a shell; what cannot be meant is refused here, before anything is
 * submitted, and the rest is for Slurm to judge.
 */
import { kebabCase } from "@sdtt/core/cli";
import { z } from "zod";

/** Printable and without spaces: a line break would be a line of its own in a job script's listing. */
const word = z.string().regex(/^[^\s\p{C}-][^\s\p{C}]*$/u, "must be a word that does not begin with a dash");

/** minutes, minutes:seconds, hours:minutes:seconds, days-hours[:minutes[:seconds]]. */
const durations = /^(\d+|\d+:\d\d|\d+:\d\d:\d\d|\d+-\d+(:\d\d){0,2})$/;

/** What the launcher itself says to sbatch; another value would take its ground away. */
const launchers = [
  ...["array", "chdir", "error", "job-name", "no-requeue", "open-mode", "output", "parsable", "requeue"],
  ...["signal", "test-only", "wait", "wrap", "cpus-per-task"],
];

const named = {
  partition: word.optional().describe("slurm: partition of the job; default: the cluster's"),
  account: word.optional().describe("slurm: account that the job is charged to"),
  qos: word.optional().describe("slurm: quality of service"),
  constraint: word.optional().describe("slurm: features that a node must have"),
  excludeNodes: word.optional().describe("slurm: nodes that must not be taken (sbatch --exclude)"),
  gres: word.optional().describe("slurm: generic resources of a task, as in gpu:1"),
  gpus: z.coerce
    .string()
    .regex(/^([\w-]+:)?[1-9]\d*$/, "must be a count, or TYPE:COUNT")
    .optional()
    .describe("slurm: GPUs of a task, as in 1 or a100:1"),
  time: z.coerce
    .string()
    .regex(durations, "must be minutes, or as in 4:00:00 or 1-12:00:00")
    .optional()
    .describe("slurm: time limit of a task as sbatch takes it, in place of --minutes"),
  mem: z.coerce
    .string()
    .regex(/^[1-9]\d*[KMGT]?$/, "must be a size, as in 16G")
    .optional()
    .describe("slurm: memory of a task; default: limits.memoryMiB, else what its stages are expected to take"),
  mailUser: word.optional().describe("slurm: who is told (sbatch --mail-user)"),
  mailType: word.optional().describe("slurm: of what, as in END,FAIL (sbatch --mail-type)"),
};

const longOption = z
  .string()
  .regex(/^--[a-z][a-z-]*(=[^\p{C}]*)?$/u, "must be an option of sbatch, as in --nodelist=n7");

/** The option's name in `--nodelist=n7`. */
const nameIn = (line: string): string => line.slice(2).split("=", 1)[0] as string;

const own = Object.keys(named).map(sbatchName);

const extraOption = longOption
  .refine((line) => !launchers.includes(nameIn(line)), "must not be what the launcher itself says to sbatch")
  .refine((line) => !own.includes(nameIn(line)), "must not be what has an option of its own");

/** sbatch's name of an option. */
function sbatchName(key: string): string {
  return key === "excludeNodes" ? "exclude" : kebabCase(key);
}

export const slurmNamed: typeof named = named;
export const slurmExtra = extraOption;

export const slurmRequest = z.strictObject({ ...named, extra: z.array(extraOption).optional() });
export type SlurmRequest = z.output<typeof slurmRequest>;

/** One request out of several, the later ones having the last word; lines beyond the named ones add up. */
export function mergedRequest(requests: readonly SlurmRequest[]): SlurmRequest {
  const given = requests.map((one) => Object.entries(one).filter(([, value]) => value !== undefined));
  const extra = requests.flatMap((one) => one.extra ?? []);
  return { ...Object.fromEntries(given.flat()), ...(extra.length > 0 && { extra }) };
}

/** A request as sbatch takes it; time and memory are the launcher's to say. */
export function requestArguments({ extra = [], time: _, mem: __, ...rest }: SlurmRequest): string[] {
  const options = Object.entries(rest).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${sbatchName(key)}=${value}`],
  );
  return [...options, ...extra];
}

/** Seconds of a time limit. */
export function secondsOf(time: string): number {
  const [days, clock] = time.includes("-") ? (time.split("-") as [string, string]) : ["0", time];
  const parts = clock.split(":").map(Number);
  // From the left: hours where there are days or three parts, else minutes.
  const first = time.includes("-") || parts.length === 3 ? 3600 : 60;
  return 86_400 * Number(days) + parts.reduce((sum, part, i) => sum + part * (first / 60 ** i), 0);
}

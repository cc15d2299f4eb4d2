/**
 * @file What sbatch is told, and the script of a task.
 *
 * A root may have any name. The script opens its log itself, by bash's quoting. Slurm is told the same file for what it
 * has to say of the task; there `%` is doubled, as Slurm reads patterns in the whole path, --chdir's included (22.05:
 * `50%A` became `501`), and a backslash would switch patterns off, so that then Slurm's own words go nowhere.
 */
import { quoted } from "@sdtt/core/cli";
import { programs } from "../../programs.js";
import { requestArguments } from "../../spec/slurm.js";
import { folderOf } from "../../sweep/jobFile.js";
import { largestMemoryMiB } from "../../sweep/resources.js";
import type { SlurmOptions } from "./options.js";
import { spelledIndices } from "./tools.js";

/** The signal goes to the batch process alone (B:), which is node. */
export function argumentsOf(o: SlurmOptions, indices: readonly number[]): string[] {
  const { root, manifest, threads, limit, time, grace, request } = o;
  return [
    `--array=${spelledIndices(indices)}%${limit}`,
    `--job-name=${manifest.definition.name}`,
    ...["--requeue", `--signal=B:USR2@${grace}`, "--open-mode=append", `--time=${time}`],
    `--cpus-per-task=${threads}`,
    `--mem=${request.mem ?? `${Math.ceil(largestMemoryMiB(manifest))}M`}`,
    ...programArguments(o),
    ...requestArguments(request),
    `--output=${outputOf(folderOf(root, manifest))}`,
  ];
}

/**
 * Nodes and cards of the most demanding external program: a task runs all stages of its cell. What a request says of
 * them by itself has the last word.
 */
function programArguments({ manifest, request }: SlurmOptions): string[] {
  const most = (name: string) =>
    Math.max(0, ...manifest.stages.map(({ kind, options }) => (kind === "command" ? Number(options[name] ?? 0) : 0)));
  const [nodes, cards] = [most("nodes"), most("cards")];
  const isGiven = (option: RegExp) => request.extra?.some((line) => option.test(line)) ?? false;
  return [
    ...(nodes > 1 && !isGiven(/^--nodes/) ? [`--nodes=${nodes}`, "--ntasks-per-node=1"] : []),
    ...(cards > 0 && !request.gres && !request.gpus ? [`--gres=gpu:${cards}`] : []),
  ];
}

const outputOf = (folder: string): string =>
  folder.includes("\\") ? "/dev/null" : `${folder.replaceAll("%", "%%")}/%A_%a.log`;

/** The task works where the sweep was submitted. */
export function scriptOf({ root, hash, manifest, threads }: SlurmOptions, cwd = process.cwd()): string {
  const flags = [`--root=${root}`, `--sweep=${manifest.definition.name}`, `--manifest=${hash}`, `--threads=${threads}`];
  const command = [process.execPath, programs.experiments, "work", ...flags].map(quoted).join(" ");
  return [
    "#!/bin/bash",
    `exec >>${quoted(`${folderOf(root, manifest)}/`)}"\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID.log" 2>&1`,
    `cd -- ${quoted(cwd)} || exit`,
    "export SDTT_STORE_JOURNAL=rollback",
    `exec ${command} --index="$SLURM_ARRAY_TASK_ID"`,
    "",
  ].join("\n");
}

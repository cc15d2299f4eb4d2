/**
 * @file How a sweep is run on Slurm: by flags, above the definition's `limits.slurm`, above a site's own file.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { userError } from "@sdtt/core/base";
import { repeated } from "@sdtt/core/cli";
import { z } from "zod";
import type { Manifest } from "../../cells/frozen.js";
import { mergedRequest, type SlurmRequest, secondsOf, slurmExtra, slurmNamed, slurmRequest } from "../../spec/slurm.js";
import { checkSlurm } from "./tools.js";

export const slurmFlags = {
  ...slurmNamed,
  minutes: z
    .int()
    .positive()
    .optional()
    .describe("slurm: time limit of a task, past which it is queued again; default 240"),
  slurmExtra: repeated(slurmExtra).default([]).describe("slurm: a further option of sbatch; may be given again"),
  slurmProfile: z
    .string()
    .optional()
    .describe("slurm: JSON file of these options for a site; default: the variable SDTT_SLURM_PROFILE"),
  limit: z.int().positive().default(64).describe("slurm: cells at once, at most"),
  grace: z
    .int()
    .positive()
    .default(120)
    .describe("slurm: seconds before that limit at which a task saves and requeues"),
  poll: z.number().positive().default(10).describe("slurm: seconds between two looks at the tasks' files"),
};

const flagsSchema = z.object(slurmFlags);

type SlurmFlags = z.output<typeof flagsSchema> & { readonly root: string; readonly threads?: number | undefined };

export interface SlurmOptions {
  readonly root: string;
  readonly threads: number;
  readonly hash: string;
  readonly manifest: Manifest;
  /** Cells at once. */
  readonly limit: number;
  /** As sbatch takes it. */
  readonly time: string;
  readonly grace: number;
  readonly poll: number;
  readonly request: SlurmRequest;
}

/** Four hours, or what an external program of the sweep needs in one go. */
function usualMinutes({ stages }: Manifest): number {
  const asked = stages.map(({ kind, options }) => (kind === "command" ? Number(options.minutes ?? 0) : 0));
  return Math.max(240, ...asked);
}

/** Throws   UserError for options that cannot be, or when Slurm does not answer or cannot take so many cells */
export async function slurmOptionsOf(flags: SlurmFlags, hash: string, manifest: Manifest): Promise<SlurmOptions> {
  const { root, threads, limit, minutes, grace, poll } = flags;
  const { limits } = manifest.definition;
  const request = mergedRequest([profileOf(flags.slurmProfile), limits.slurm ?? {}, requestOf(flags)]);
  if (minutes !== undefined && flags.time !== undefined) {
    throw userError("slurm", "a task has one time limit", "--minutes and --time", "Give one of the two.");
  }
  const time = minutes === undefined ? (request.time ?? String(usualMinutes(manifest))) : String(minutes);
  if (secondsOf(time) <= grace) {
    const remedy = "Give a task more time, or a shorter --grace.";
    throw userError("slurm", `the time limit must be longer than --grace (${grace} s)`, time, remedy);
  }
  const largest = await checkSlurm();
  if (manifest.cells.length > largest) {
    const got = `${manifest.cells.length} cells`;
    const remedy = "Divide the definition, or raise MaxArraySize in slurm.conf.";
    throw userError("slurm", `an array job must have at most ${largest} tasks (MaxArraySize)`, got, remedy);
  }
  const own = { root: resolve(root), threads: threads ?? limits.threads ?? 1, hash, manifest };
  return { ...own, limit, time, grace, poll, request };
}

function requestOf(flags: SlurmFlags): SlurmRequest {
  const named = Object.keys(slurmNamed).map((key) => [key, flags[key as keyof typeof slurmNamed]]);
  return { ...Object.fromEntries(named), ...(flags.slurmExtra.length > 0 && { extra: flags.slurmExtra }) };
}

/** A site's file. Throws   UserError when it cannot be read or says what Slurm is not asked */
function profileOf(path: string | undefined): SlurmRequest {
  const file = path ?? process.env.SDTT_SLURM_PROFILE;
  if (!file) return {};
  const where = `slurm profile ${file}`;
  const remedy = 'Give a JSON object such as { "account": "mine", "extra": ["--nodelist=n7"] }.';
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw userError(where, "it must be readable JSON", (cause as Error).message, remedy, cause);
  }
  const result = slurmRequest.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const rule =
    issue?.code === "unrecognized_keys" ? "its keys must be known" : `${issue?.path.join(".")} ${issue?.message}`;
  const got = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : JSON.stringify(json);
  throw userError(where, rule, got, remedy);
}

/**
 * @file `--seed-from=ar --every=n`: another spelling of `--sampler=seeded:n --partner=FOLDER`, and nothing else.
 *
 * It is spelled out before anything runs, so that what is recorded, and the samples, are those of the sampler's own name.
 */
import { resolve } from "node:path";
import { z } from "zod";
import { userError } from "../base/errors.js";
import { partnerFolder } from "./partner.js";
import { seeded } from "./rules/seeded.js";

export const seedFlags = {
  seedFrom: z
    .string()
    .optional()
    .describe("who writes every n-th token first: ar, the AR baseline, or the FOLDER of a causal checkpoint"),
  every: z.int().positive().optional().describe("n of --seed-from; default: 8"),
};

interface Seeding {
  readonly sampler: string;
  readonly partner?: string | undefined;
  readonly seedFrom?: string | undefined;
  readonly every?: number | undefined;
}

const refused = (rule: string, got: string, remedy: string) => userError("sampler", rule, got, remedy);

/** The sampler that is meant. Throws   UserError where --sampler says otherwise */
function samplerOf({ sampler, every }: Seeding, isGiven: boolean): string {
  const { initial } = seeded.parameter as { readonly initial: number };
  const spelled = `seeded:${every ?? initial}`;
  if (!isGiven || sampler === "seeded") return spelled;
  if (sampler === spelled || (every === undefined && sampler.startsWith("seeded:"))) return sampler;
  const got = `--sampler=${sampler} with ${every === undefined ? "--seed-from" : `--every=${every}`}`;
  throw refused(`--seed-from is another spelling of --sampler=${spelled}`, got, "Leave one of them out.");
}

/** The partner that is meant; undefined for the AR baseline. Throws   UserError where --partner says otherwise */
function partnerNamed({ seedFrom, partner }: Seeding): string | undefined {
  const folder = seedFrom === "ar" ? undefined : seedFrom;
  if (partner === undefined || resolve(partner) === resolve(partnerFolder("causal", folder))) return folder;
  const rule = "--seed-from and --partner name the same network";
  throw refused(rule, `--seed-from=${seedFrom} and --partner=${partner}`, "Leave one of them out.");
}

/**
 * The options with seeds spelled as their sampler.
 *
 * @param given the options that were not left to their default
 */
export function seededBy<O extends Seeding>(o: O, given: ReadonlySet<string>): O {
  const { seedFrom, every } = o;
  if (seedFrom === undefined) {
    if (every === undefined) return o;
    throw refused("--every must come with --seed-from", `--every=${every}`, "Add --seed-from=ar, or leave it out.");
  }
  const sampler = samplerOf(o, given.has("sampler"));
  return { ...o, sampler, partner: partnerNamed(o), seedFrom: undefined, every: undefined };
}

/**
 * @file The benchmark beside somebody else's: the two alternate, each round a process of its own for either.
 *
 * The other one is a script in Python that takes --width … --steps and prints one JSON object under the same keys. What
 * both printed is kept as it came, so that the table of ratios can be made again from it.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startProgress, UserError, userError, writeFileAtomic } from "@sdtt/core";
import { execa } from "execa";
import { repository } from "../programs.js";
import type { Options } from "./options.js";
import { type Ratio, ratiosOf, ratioTable } from "./ratios.js";

/** What one run printed. */
export type Printed = Readonly<Record<string, unknown>>;

export interface Round {
  readonly ours: Printed;
  readonly peer: Printed;
}

/** Throws   UserError where there is no script, no folder is named, or that folder holds another comparison */
export function checkPeer({ peer, out, json }: Options): void {
  if (peer === undefined) return;
  if (!existsSync(peer)) throw userError("bench", "--peer must be a script that is there", peer, "Check its path.");
  if (out === undefined) {
    throw userError("bench", "a comparison keeps what was printed", "no --out", "Name a folder with --out.");
  }
  if (json) throw userError("bench", "a comparison prints a table", "--json", "Read ratios.json in --out.");
  if (existsSync(out) && readdirSync(out).length > 0) {
    throw userError("bench", "--out must be empty: rounds of one run belong together", out, "Name another folder.");
  }
}

const sizes = (o: Options) =>
  ["width", "blocks", "heads", "length", "vocab"].map((key) => `--${key}=${sizeOf(o, key)}`);
const sizeOf = (o: Options, key: string) => o[key as "width"];
const shared = (o: Options) => [
  ...sizes(o),
  `--substeps=${o.substeps}`,
  `--repeats=${o.repeats}`,
  `--steps=${o.steps}`,
];

/** One process's JSON. Throws   UserError where it fails or prints something else, with the end of what it said */
export async function printedBy(program: string, args: readonly string[]): Promise<Printed> {
  const { exitCode, stdout, stderr, message } = await execa(program, args, { reject: false });
  const said = `${stderr || message || stdout}`.trim().split("\n").slice(-3).join(" | ");
  const refuse = (got: string) => userError("bench", "either side must run and print JSON", got, "See what it said.");
  if (exitCode !== 0) throw refuse(`exit code ${exitCode} of ${program}: ${said}`);
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    const text = `${stdout.slice(0, 80)}… of ${program}`;
    throw cause instanceof UserError ? cause : refuse(text);
  }
}

/** Runs either side once. */
export interface Sides {
  ours(o: Options): Promise<Printed>;
  theirs(o: Options): Promise<Printed>;
}

function ours(o: Options): Promise<Printed> {
  const program = join(repository, "experiments", "dist", "cli.js");
  const own = [
    `--sequences=${o.sequences}`,
    `--threads=${o.threads}`,
    `--engine=${o.engine}`,
    `--device=${o.device}`,
    `--only=${o.only}`,
  ];
  return printedBy(process.execPath, [program, "bench", "--json", ...shared(o), ...own]);
}

export function theirs(o: Options): Promise<Printed> {
  const own = [`--batch=${o.sequences}`, `--threads=${o.threads}`];
  return printedBy(o.python, [o.peer as string, ...shared(o), ...own]);
}

/**
 * Runs ours and the peer in turn, `rounds` times, and writes what they print to `out` as it comes.
 *
 * Holds    the two have the same sizes, steps, repeats and threads
 */
export async function compareWithPeer(
  options: Options,
  sides: Sides = { ours, theirs },
): Promise<{ rounds: Round[]; ratios: Ratio[] }> {
  const o = { ...options, threads: options.threads ?? 2 };
  const keep = (name: string, text: string) => writeFileAtomic(join(o.out as string, name), `${text}\n`);
  const progress = startProgress({ label: "bench", total: 2 * o.rounds, unit: "runs" });
  const rounds: Round[] = [];
  for (let i = 1; i <= o.rounds; i++) {
    progress.update(2 * i - 2, "ours");
    const own = await sides.ours(o);
    keep(`round-${i}-ours.json`, JSON.stringify(own, null, 2));
    progress.update(2 * i - 1, "the peer");
    const peer = await sides.theirs(o);
    keep(`round-${i}-peer.json`, JSON.stringify(peer, null, 2));
    rounds.push({ ours: own, peer });
  }
  progress.update(2 * o.rounds);
  progress.done();
  const ratios = ratiosOf(rounds);
  keep("ratios.json", JSON.stringify(ratios, null, 2));
  keep("ratios.md", ratioTable(ratios, rounds));
  return { rounds, ratios };
}

/**
 * @file The benchmark beside somebody else's: the two alternate, each round a process of its own for either.
 *
 * The other one is a script in Python that takes --width … --steps and prints one JSON object under the same keys. What
 * both printed is kept as it came, so that the table of ratios can be made again from it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startProgress, UserError, userError } from "@sdtt/core/base";
import { writeFileAtomic } from "@sdtt/core/files";
import { execa } from "execa";
import { programs } from "../programs.js";
import { currentCommit } from "./measure.js";
import type { Options } from "./options.js";
import type { Printed, Round } from "./printed.js";
import { type Ratio, ratiosOf, ratioTable } from "./ratios.js";

/** Throws   UserError where there is no script, no folder is named, or that folder holds another comparison */
export function checkPeer({ peer, out, json, table }: Options): void {
  if (peer === undefined) {
    if (table) throw userError("bench", "--table is of ratios to a peer", "no --peer", "Name its script with --peer.");
    return;
  }
  if (!existsSync(peer)) throw userError("bench", "--peer must be a script that is there", peer, "Check its path.");
  if (out === undefined) {
    throw userError("bench", "a comparison keeps what was printed", "no --out", "Name a folder with --out.");
  }
  if (json) throw userError("bench", "a comparison prints a table", "--json", "Read ratios.json in --out.");
  if (!table && existsSync(out) && readdirSync(out).length > 0) {
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
  const own = [
    `--sequences=${o.sequences}`,
    `--threads=${o.threads}`,
    `--engine=${o.engine}`,
    ...(o.products ? [`--products=${o.products}`] : []),
    `--device=${o.device}`,
    `--only=${o.only}`,
  ];
  return printedBy(process.execPath, [programs.experiments, "bench", "--json", ...shared(o), ...own]);
}

export function theirs(o: Options): Promise<Printed> {
  const own = [`--batch=${o.sequences}`, `--threads=${o.threads}`];
  return printedBy(o.python, [o.peer as string, ...shared(o), ...own, ...o.peerFlags]);
}

const ratiosFile = "ratios.json";

/** A round that a comparison of this commit left behind when it was stopped. */
function keptRound(out: string, i: number, commit: string): Round | undefined {
  const files = ["ours", "peer"].map((side) => join(out, `round-${i}-${side}.json`));
  if (!files.every((file) => existsSync(file))) return undefined;
  const [ours, peer] = files.map((file) => JSON.parse(readFileSync(file, "utf8"))) as [Printed, Printed];
  if (ours.commit === commit) return { ours, peer };
  const got = `${out} of ${ours.commit}, now ${commit}`;
  throw userError(
    "bench",
    "the rounds of one comparison must be of one commit",
    got,
    "Name another folder with --out.",
  );
}

/** The rounds that a folder holds, in order. */
function roundsIn(out: string, commit: string): Round[] {
  const rounds: Round[] = [];
  for (;;) {
    const round = keptRound(out, rounds.length + 1, commit);
    if (!round) return rounds;
    rounds.push(round);
  }
}

/** Whether the rounds in `out` were fewer than asked for because of a limit that was no shorter than `minutes`. */
function wasCutOff(out: string, rounds: number, minutes: number): boolean {
  const file = join(out, ratiosFile);
  if (!existsSync(file)) return false;
  const asked: { rounds: number; minutes: number } = JSON.parse(readFileSync(file, "utf8"));
  return rounds < asked.rounds && minutes <= asked.minutes;
}

/**
 * Runs ours and the peer in turn, `rounds` times, and writes what they print to `out` as it comes. Rounds that are there
 * already count; none is begun after `minutes`, but one is always run, and a longer limit goes on where a shorter ended.
 *
 * Holds    the two have the same sizes, steps, repeats and threads
 */
export async function compareWithPeer(
  options: Options,
  sides: Sides = { ours, theirs },
  minutes: number = Number.POSITIVE_INFINITY,
): Promise<{ rounds: Round[]; ratios: Ratio[] }> {
  const o = { ...options, threads: options.threads ?? 2 };
  const out = o.out as string;
  const keep = (name: string, text: string) => writeFileAtomic(join(out, name), `${text}\n`);
  const rounds = roundsIn(out, currentCommit());
  const cutOff = wasCutOff(out, rounds.length, minutes);
  const started = performance.now();
  const goesOn = () => rounds.length === 0 || performance.now() - started < 60_000 * minutes;
  const progress = startProgress({ label: "bench", total: 2 * o.rounds, unit: "runs", from: 2 * rounds.length });
  while (!cutOff && rounds.length < o.rounds && goesOn()) {
    const i = rounds.length + 1;
    progress.update(2 * i - 2, "ours");
    const own = await sides.ours(o);
    keep(`round-${i}-ours.json`, JSON.stringify(own, null, 2));
    progress.update(2 * i - 1, "the peer");
    const peer = await sides.theirs(o);
    keep(`round-${i}-peer.json`, JSON.stringify(peer, null, 2));
    rounds.push({ ours: own, peer });
  }
  progress.update(2 * rounds.length);
  progress.done();
  const ratios = ratiosOf(rounds);
  keep("ratios.md", ratioTable({ ratios, rounds }));
  if (!cutOff) keep(ratiosFile, JSON.stringify({ rounds: o.rounds, minutes, ratios }, null, 2));
  return { rounds, ratios };
}

/**
 * @file The entries of a datastore: rows of a text, each masked by a share of its own, and the trunk's states at some of its masks.
 *
 * Shares are one low-discrepancy sequence over the rows, so that every time is there as often. Entries are written batch by batch, and a build that
 * was stopped goes on after the last whole one, with the same bytes.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "../../base/random.js";
import { drawSet, evenShare } from "../../diffusion/maskCounts.js";
import type { Engine } from "../../engine/contract.js";
import { bytesOf, writeFileAtomic } from "../../files/atomic.js";
import type { StateDenoiser } from "../network/denoiser.js";
import { type DatastoreFacts, keysIn, writeDatastore } from "./datastore.js";
import { mergedEntries } from "./merge.js";
import { Nearest } from "./nearest.js";

export interface BuildOptions {
  /** Entries before merging, at least. */
  readonly keys: number;
  readonly perRow: number;
  /** Nearest entries that one may take in; 0: none. */
  readonly merge: number;
  readonly seed: number;
  /** Rows at once; changes nothing. */
  readonly sequences: number;
}

/** A text in rows of the model's length. */
export interface BuildText {
  readonly rows: number;
  /** Row i; the text begins again after the last. */
  at(i: number): Int32Array;
}

type Origin = Pick<DatastoreFacts, "checkpoint" | "corpusHash">;

/** Row i masked, and the masks whose states become keys. */
export function maskedRow(x0: Int32Array, i: number, maskId: number, { perRow, seed }: BuildOptions) {
  const random = randomStream(seed, "datastore", i);
  const share = evenShare(i + 1);
  const masked = [...drawSet(random, x0.length, Math.max(1, Math.ceil(share * x0.length)))];
  const xt = x0.slice();
  for (const j of masked) xt[j] = maskId;
  const order = random.permutation(masked.length);
  const chosen = Array.from(order.subarray(0, perRow), (n) => masked[n] as number).sort((a, b) => a - b);
  return { xt, chosen };
}

/** Entries of rows `first` … : their states, and the tokens that were masked. */
async function entriesOf(network: StateDenoiser, text: BuildText, first: number, o: BuildOptions) {
  const { length, maskId } = network;
  const rows = Array.from({ length: o.sequences }, (_, i) => {
    const x0 = text.at((first + i) % text.rows);
    return { x0, ...maskedRow(x0, first + i, maskId, o) };
  });
  const xt = Int32Array.from(rows.flatMap((row) => [...row.xt]));
  const positions = rows.flatMap(({ chosen }, i) => chosen.map((j) => i * length + j));
  const { states } = await network.statesAt(xt, rows.length, positions);
  const tokens = Int32Array.from(rows.flatMap(({ x0, chosen }) => chosen.map((j) => x0[j] as number)));
  return { states: states.slice(), tokens };
}

interface Progress {
  readonly settings: string;
  readonly rows: number;
  readonly entries: number;
}

/** What a stopped build has; begun anew where it was another. */
function begun(folder: string, settings: string, width: number): Progress {
  const path = join(folder, "building.json");
  const found = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Progress) : undefined;
  const [keys, tokens] = [join(folder, "keys.part"), join(folder, "tokens.part")];
  if (found?.settings === settings) {
    truncateSync(keys, 4 * width * found.entries);
    truncateSync(tokens, 4 * found.entries);
    return found;
  }
  for (const file of [keys, tokens]) rmSync(file, { force: true });
  return { settings, rows: 0, entries: 0 };
}

/** Median of the distances to the nearest other entry. */
function scaleOf(ids: Int32Array, distances: Float32Array, k: number): number {
  const others = Array.from({ length: ids.length / k }, (_, i) => {
    const own = Array.from(ids.subarray(i * k, (i + 1) * k)).findIndex((id) => id >= 0 && id !== i);
    return own < 0 ? Number.NaN : (distances[i * k + own] as number);
  }).filter((distance) => distance > 0);
  return others.sort((a, b) => a - b)[Math.floor(others.length / 2)] ?? 1;
}

/** Of entries whose nearest are looked for where only the scale is wanted. */
const looked = 1024;

/**
 * Builds a datastore in `folder`; a build of the same settings that was stopped goes on.
 *
 * @param onEntries hears how many there are, after each batch
 */
export async function buildDatastore(
  engine: Engine,
  network: StateDenoiser,
  text: BuildText,
  folder: string,
  o: BuildOptions & Origin,
  onEntries: (entries: number) => void = () => {},
): Promise<void> {
  const { width } = network;
  mkdirSync(folder, { recursive: true });
  const { keys: wanted, perRow, seed, checkpoint, corpusHash } = o;
  let progress = begun(folder, JSON.stringify({ perRow, seed, checkpoint, corpusHash, rows: text.rows }), width);
  while (progress.entries < wanted) {
    const { states, tokens } = await entriesOf(network, text, progress.rows, o);
    appendFileSync(join(folder, "keys.part"), bytesOf(states));
    appendFileSync(join(folder, "tokens.part"), bytesOf(tokens));
    progress = { ...progress, rows: progress.rows + o.sequences, entries: progress.entries + tokens.length };
    writeFileAtomic(join(folder, "building.json"), JSON.stringify(progress));
    onEntries(progress.entries);
  }
  await finished(engine, folder, width, o);
}

/** The nearest of the first `count` keys, so many at a time that memory is no matter. */
async function nearestOfAll(nearest: Nearest, read: ReturnType<typeof keysIn>["read"], count: number, k: number) {
  const found = { ids: new Int32Array(count * k), distances: new Float32Array(count * k) };
  for (let from = 0; from < count; from += 4096) {
    const part = await nearest.of(read(from, Math.min(count, from + 4096)).slice(), k);
    found.ids.set(part.ids, from * k);
    found.distances.set(part.distances, from * k);
  }
  return found;
}

/** Merges what was drawn, and writes the datastore. */
async function finished(engine: Engine, folder: string, width: number, o: BuildOptions & Origin): Promise<void> {
  const part = readFileSync(join(folder, "tokens.part"));
  const all = new Int32Array(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength)).subarray(0, o.keys);
  const own = keysIn(join(folder, "keys.part"), width);
  const nearest = new Nearest(engine, { width, entries: all.length, read: own.read });
  const k = Math.max(2, o.merge + 1);
  const count = o.merge > 0 ? all.length : Math.min(looked, all.length);
  const found = await nearestOfAll(nearest, own.read, count, k);
  nearest.dispose();
  const none = { kept: Int32Array.from(all.keys()), counts: new Float32Array(all.length).fill(1) };
  const { kept, counts } = o.merge > 0 ? mergedEntries(all, found) : none;
  const { perRow, seed, checkpoint, corpusHash, merge: merged } = o;
  const keys = function* () {
    for (const i of kept) yield own.read(i, i + 1);
  };
  writeDatastore(folder, {
    facts: {
      ...{ checkpoint, corpusHash, width, entries: kept.length, drawn: all.length, merged, perRow, seed },
      scale: scaleOf(found.ids, found.distances, k),
    },
    tokens: Int32Array.from(kept, (i) => all[i] as number),
    counts,
    keys: keys(),
  });
  own.close();
  for (const file of ["keys.part", "tokens.part", "building.json"]) rmSync(join(folder, file), { force: true });
}

/**
 * @file A world: a law of rows that can be listed, so that what a model and a sampler make of it is measured without a judge.
 *
 * The common ground of the exact study, whose laws are so small that every partly masked row is listed too, and of the
 * puzzles, of which only the rows themselves are. A method that is to be tried on a world needs its `Denoiser` and nothing else.
 */
import { createHash } from "node:crypto";
import type { Denoiser } from "@sdtt/core/sampler";
import type { Shard } from "@sdtt/core/text";

export interface World {
  readonly name: string;
  readonly what: string;
  /** C: tokens, the mask not among them; the mask is token C. */
  readonly tokens: number;
  /** L */
  readonly length: number;
  /** Rows that have a chance, each once. [L] each */
  readonly rows: readonly Uint8Array[];
  /** Their chances. */
  readonly probabilities: readonly number[];
}

/** −Σ p ln p, nats a row: what a perfect model's NELBO is, times L. */
export const worldEntropy = ({ probabilities }: World): number =>
  -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0);

/** A row as a key. */
export const rowKey = (ids: ArrayLike<number>): string => Array.from(ids).join();

/** The numbers of the rows by their keys. */
export const rowNumbers = ({ rows }: World): ReadonlyMap<string, number> =>
  new Map(rows.map((row, i) => [rowKey(row), i]));

/** The rows as text to train on: each once, where they are equally likely. */
export function shardOf(world: World): Shard {
  const ids = Uint16Array.from(world.rows.flatMap((row) => [...row]));
  const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
  return {
    ids,
    count: ids.length,
    rowLength: world.length,
    vocabSize: world.tokens,
    tokenizerHash: hashOf(`${world.tokens} tokens`),
    corpusHash: hashOf(ids.join()),
  };
}

/**
 * p(x_i | the revealed tokens) at every masked position, from the list of rows.
 *
 * Parallel drawing leads to rows that no row of the world continues. There the answer is that of the rows that contradict
 * what is revealed least: the limit of a world that is seen through noise, as the noise goes to 0.
 *
 * Shapes   xt [L] → [L · C], 0 at revealed positions
 */
export function posterior({ rows, probabilities, tokens, length }: World, xt: ArrayLike<number>): Float64Array {
  const contradictions = rows.map((row) => {
    let count = 0;
    for (let i = 0; i < length; i++) count += Number(xt[i] !== tokens && xt[i] !== row[i]);
    return count;
  });
  const least = Math.min(...contradictions);
  const p = new Float64Array(length * tokens);
  let total = 0;
  rows.forEach((row, n) => {
    if (contradictions[n] !== least) return;
    const share = probabilities[n] as number;
    total += share;
    for (let i = 0; i < length; i++) {
      if (xt[i] !== tokens) continue;
      const at = i * tokens + (row[i] as number);
      p[at] = (p[at] as number) + share;
    }
  });
  return p.map((value) => value / total);
}

/** The logit of what cannot be: e^−1e4 is 0, and no gradient ever meets it. */
const impossible = -1e4;

/** The perfect teacher of a world, as any denoiser. */
export function oracle(world: World): Denoiser {
  const { tokens, length } = world;
  const known = new Map<string, Float64Array>();
  const at = (xt: Int32Array): Float64Array => {
    const key = rowKey(xt);
    const found = known.get(key) ?? posterior(world, xt);
    if (known.size < 100_000) known.set(key, found);
    return found;
  };
  return {
    vocabSize: tokens + 1,
    maskId: tokens,
    length,
    async logits(xt, _rows, positions) {
      const logits = new Float32Array(positions.length * (tokens + 1)).fill(impossible);
      positions.forEach((position, i) => {
        const row = Math.floor(position / length);
        const p = at(xt.subarray(row * length, (row + 1) * length));
        for (let v = 0; v < tokens; v++) {
          const value = p[(position % length) * tokens + v] as number;
          if (value > 0) logits[i * (tokens + 1) + v] = Math.log(value);
        }
      });
      return logits;
    },
    dispose: () => known.clear(),
  };
}

/**
 * @file p = λ p_kNN + (1 − λ) p, at the positions that a denoiser is unsure of: what text the model has read said in states like these.
 *
 * p_kNN(v) ∝ Σ over the k nearest keys with token v of count · e^(−d²/T). Where the denoiser's own law has less entropy than `entropy`
 * nothing is looked for, and its law is left as it is. Source   arXiv 2109.04212 (adaptive λ, there learned, here 0 or λ), 1911.00172
 */
import { userError } from "../../base/errors.js";
import type { Engine } from "../../engine/contract.js";
import type { ModelConfig } from "../../model/presets.js";
import { logSumExp, tokenLaw } from "../draws/categorical.js";
import type { Denoiser, StateDenoiser } from "../network/denoiser.js";
import type { Datastore } from "./datastore.js";
import { Nearest } from "./nearest.js";

export interface Mixing {
  /** λ in [0, 1] */
  readonly lambda: number;
  /** Nats of the denoiser's own law from which neighbours are looked for. */
  readonly entropy: number;
}

/** k */
const neighbours = 32;

/** −Σ p ln p, nats, without the mask token. */
export function entropyAt(logits: Float32Array, offset: number, size: number): number {
  const total = logSumExp(logits, offset, size);
  let sum = 0;
  for (let v = offset; v < offset + size - 1; v++) {
    const logProb = (logits[v] as number) - total;
    const p = Math.exp(logProb);
    if (p > 0) sum -= p * logProb;
  }
  return sum;
}

/** p_kNN. Shapes   ids, distances [k] → [V − 1] */
export function neighbourLaw(
  { tokens, counts }: Pick<Datastore, "tokens" | "counts">,
  ids: Int32Array,
  distances: Float32Array,
  scale: number,
  size: number,
): Float64Array {
  const law = new Float64Array(size);
  const nearest = distances[0] as number;
  let total = 0;
  ids.forEach((id, n) => {
    if (id < 0) return;
    const weight = (counts[id] as number) * Math.exp((nearest - (distances[n] as number)) / scale);
    law[tokens[id] as number] = (law[tokens[id] as number] as number) + weight;
    total += weight;
  });
  return law.map((weight) => weight / total);
}

/** Writes ln(λ p_kNN + (1 − λ) p) over a row of logits; the mask token's stays. */
export function mixInto(logits: Float32Array, offset: number, size: number, own: Float64Array, lambda: number): void {
  const law = tokenLaw(logits, offset, size);
  for (let v = 0; v < size - 1; v++) {
    const p = lambda * (own[v] as number) + (1 - lambda) * (law[v] as number);
    logits[offset + v] = p > 0 ? Math.log(p) : -1e4;
  }
}

/** Throws   UserError where a network is told more than its tokens: states of it alone say nothing of what it is told */
export function refuseTold(where: string, model: ModelConfig): void {
  if (model.kind !== "dit" || !(model.noise || model.selfConditioning)) return;
  const got = model.noise ? "one that is told noise" : "one that is told what it said";
  throw userError(where, "a datastore is of a network that is told nothing but its tokens", got, "Take its teacher.");
}

/** A denoiser's datastore, ready to be looked through. */
export interface Neighbours {
  mixed(mixing: Mixing): Denoiser;
  dispose(): void;
}

/** Throws   UserError where the datastore is of states of another width */
export function openNeighbours(engine: Engine, denoiser: StateDenoiser, datastore: Datastore): Neighbours {
  const { width, entries, scale } = datastore.facts;
  if (width !== denoiser.width) {
    const rule = `its keys must be states of this model, ${denoiser.width} numbers each`;
    throw userError("datastore", rule, width, "Build one of this checkpoint: eval:datastore.");
  }
  const nearest = new Nearest(engine, { width, entries, read: datastore.keys });
  const { vocabSize: V, maskId, length } = denoiser;
  const mixed = ({ lambda, entropy }: Mixing): Denoiser => ({
    ...{ vocabSize: V, maskId, length, dispose() {} },
    async logits(xt, rows, positions) {
      const { logits, states } = await denoiser.statesAt(xt, rows, positions);
      const unsure = positions.map((_, k) => k).filter((k) => lambda > 0 && entropyAt(logits, k * V, V) >= entropy);
      const queries = new Float32Array(unsure.length * width);
      unsure.forEach((k, n) => {
        queries.set(states.subarray(k * width, (k + 1) * width), n * width);
      });
      const found = await nearest.of(queries, neighbours);
      unsure.forEach((k, n) => {
        const own = (all: Int32Array | Float32Array) => all.subarray(n * neighbours, (n + 1) * neighbours);
        const ids = own(found.ids) as Int32Array;
        const law = neighbourLaw(datastore, ids, own(found.distances) as Float32Array, scale, V - 1);
        mixInto(logits, k * V, V, law, lambda);
      });
      return logits;
    },
  });
  return { mixed, dispose: () => nearest.dispose() };
}

/** A denoiser that brings its neighbours along. */
interface NeighbouredDenoiser extends Denoiser {
  readonly neighbours: Neighbours;
}

/** The denoiser with a datastore, as it is otherwise; disposing of it disposes of both. */
export function withNeighbours(denoiser: Denoiser, found: Neighbours): NeighbouredDenoiser {
  const { vocabSize, maskId, length } = denoiser;
  const dispose = () => {
    found.dispose();
    denoiser.dispose();
  };
  return { vocabSize, maskId, length, logits: (...asked) => denoiser.logits(...asked), neighbours: found, dispose };
}

/** Throws   UserError where the denoiser has none */
export function neighboursOf(denoiser: Denoiser, sampler: string): Neighbours {
  if ("neighbours" in denoiser) return (denoiser as NeighbouredDenoiser).neighbours;
  const remedy = "Give core:sample or eval:curve --datastore=FOLDER, of a datastore that eval:datastore made.";
  throw userError("sampler", `${sampler} looks for states in a datastore`, "none", remedy);
}

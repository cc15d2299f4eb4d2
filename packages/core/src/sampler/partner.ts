/**
 * @file A sampler's second network: a causal one of the same tokens that weighs or verifies, or another denoiser.
 *
 * It comes with the denoiser that is sampled, so that whatever draws samples need not know of it. Its evaluations are counted
 * apart: NFE stays the denoiser's own. A causal one says at each position what follows there; of a row's first token it says nothing.
 */
import { userError } from "../base/errors.js";
import type { TensorMap } from "../base/tensor.js";
import type { Engine } from "../engine/contract.js";
import { isCausal, type ModelConfig } from "../model/presets.js";
import { type AssetName, assetPath } from "../workspace/assets.js";
import { rereadingDecoder } from "./autoregressive.js";
import { type Decoder, openDecoder } from "./network/decoder.js";
import { type Denoiser, type Network, openDenoiser } from "./network/denoiser.js";
import { openGpt2Causal } from "./network/gpt2Causal.js";
import { isStaged } from "./staged.js";

export const partnerKinds = ["causal", "denoiser"] as const;
export type PartnerKind = (typeof partnerKinds)[number];

export interface Partner {
  readonly kind: PartnerKind;
  readonly network: Network;
  /** Of a causal one, token by token. */
  decoder(): Decoder;
  /** The other tokens by the distance of their embeddings from that of `token`, nearest first, ties by id. */
  nearest(token: number): Int32Array;
  /** The token that begins a document. */
  readonly start: number;
  dispose(): void;
}

interface PartnerWeights {
  readonly model: ModelConfig;
  readonly tensors: TensorMap;
}

/** Σ (a − b)² over the columns of two rows. */
function squaredDistance(table: ArrayLike<number>, width: number, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += ((table[a * width + i] as number) - (table[b * width + i] as number)) ** 2;
  return sum;
}

/** `nearest` of an embedding [V, D], the mask token's row, the last, left out; each token's order is kept. */
export function nearestIn(table: ArrayLike<number>, width: number): (token: number) => Int32Array {
  const tokens = table.length / width - 1;
  const known = new Map<number, Int32Array>();
  const ordered = (token: number) => {
    const distances = Float64Array.from({ length: tokens }, (_, v) => squaredDistance(table, width, token, v));
    const others = Int32Array.from({ length: tokens }, (_, v) => v).filter((v) => v !== token);
    return others.sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b);
  };
  return (token) => {
    const found = known.get(token) ?? ordered(token);
    known.set(token, found);
    return found;
  };
}

/** What kind of a second network a model is. */
const partnerKindOf = (model: ModelConfig): PartnerKind => (isCausal(model) ? "causal" : "denoiser");

/** The network of a partner, whatever its architecture. */
export const openNetwork = (engine: Engine, model: ModelConfig, tensors: TensorMap): Network =>
  model.kind === "gpt2" ? openGpt2Causal(engine, model, tensors) : openDenoiser(engine, model, tensors);

/** Opens a checkpoint as a partner; compiled when it is first asked. */
export function openPartner(engine: Engine, { model, tensors }: PartnerWeights, start: number): Partner {
  const network = openNetwork(engine, model, tensors);
  let decoder: Decoder | undefined;
  const table = tensors["vocab_embed.embedding"];
  return {
    kind: partnerKindOf(model),
    network,
    start,
    decoder: () =>
      (decoder ??= model.kind === "gpt2" ? rereadingDecoder(network) : openDecoder(engine, model, tensors)),
    nearest: nearestIn((table?.data ?? []) as ArrayLike<number>, model.width),
    dispose() {
      network.dispose();
      decoder?.dispose();
    },
  };
}

/** A denoiser that brings its partner along. */
export interface PartneredDenoiser extends Denoiser {
  readonly partner: Partner;
}

/** The denoiser with a partner, as it is otherwise; disposing of it disposes of both. */
export function withPartner(denoiser: Denoiser, partner: Partner): PartneredDenoiser {
  const { vocabSize, length } = denoiser;
  const { network } = partner;
  if (network.vocabSize !== vocabSize || network.length < length) {
    const got = `${network.vocabSize} × ${network.length} beside ${vocabSize} × ${length}`;
    const rule = "both networks must share their vocabulary, and the second read rows as long";
    throw userError("partner", rule, got, "Give another --partner.");
  }
  const dispose = () => {
    denoiser.dispose();
    partner.dispose();
  };
  const { maskId } = denoiser;
  const staged = isStaged(denoiser) && {
    at: (step: number, numSteps: number) => denoiser.at(step, numSteps),
    current: () => denoiser.current(),
  };
  const logits: Denoiser["logits"] = (...asked) => denoiser.logits(...asked);
  return { vocabSize, maskId, length, ...staged, logits, partner, dispose };
}

/** The denoiser's partner. Throws   UserError where it has none, or one of another kind */
export function partnerOf(denoiser: Denoiser, sampler: string, kind: PartnerKind): Partner {
  const partner = "partner" in denoiser ? (denoiser as PartneredDenoiser).partner : undefined;
  if (partner?.kind === kind) return partner;
  const rule = `${sampler} asks a second network that is ${partnerText[kind]}`;
  const remedy = "Sample it by core:sample, eval:curve or eval:frontier, with --partner=FOLDER or the one that ships.";
  throw userError("sampler", rule, partner ? partnerText[partner.kind] : "none", remedy);
}

const partnerText = { causal: "causal", denoiser: "a denoiser" } as const;

/** What is the partner where none is named. */
const usualPartner: Record<PartnerKind, AssetName> = { causal: "ar", denoiser: "teacher" };

export const partnerFolder = (kind: PartnerKind, asked: string | undefined): string =>
  asked ?? assetPath(usualPartner[kind]);

/**
 * Holds a partner to what its sampler needs.
 *
 * Throws   UserError where it is of another kind, another tokenizer, or reads shorter rows
 */
export function checkPartner(
  sampler: string,
  kind: PartnerKind,
  found: { readonly path: string; readonly model: ModelConfig; readonly sharesTokenizer: boolean },
): void {
  const { path, model, sharesTokenizer } = found;
  const where = `partner ${path}`;
  const remedy = "Give another one: --partner=FOLDER.";
  const own = partnerText[partnerKindOf(model)];
  if (own !== partnerText[kind])
    throw userError(where, `${sampler} needs one that is ${partnerText[kind]}`, own, remedy);
  if (!sharesTokenizer) {
    throw userError(where, "it must have the tokenizer of the model that is sampled", "another", remedy);
  }
}

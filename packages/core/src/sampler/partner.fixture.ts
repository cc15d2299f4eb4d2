/**
 * @file Second networks with an exact law: what follows in a Markov chain, and the denoiser of a chain.
 */
import { rereadingDecoder } from "./autoregressive.js";
import { type Chain, exactDenoiser } from "./chain.fixture.js";
import type { Network } from "./network/denoiser.js";
import { type Partner, type PartnerKind, withPartner } from "./partner.js";

/** ln p(next token | this one) at each position: a causal network that is right of `chain`. */
function exactCausal(chain: Chain): Network {
  const maskId = chain.first.length;
  return {
    ...{ vocabSize: maskId + 1, maskId, length: chain.length, dispose() {} },
    async logits(ids, _rows, positions) {
      const rows = positions.map((j) => [...(chain.next[ids[j] as number] as number[]).map(Math.log), 5]);
      return Float32Array.from(rows.flat());
    },
  };
}

export function exactPartner(chain: Chain, kind: PartnerKind): Partner {
  const network = kind === "causal" ? exactCausal(chain) : exactDenoiser(chain);
  const nearest = (token: number) => Int32Array.from(chain.first.keys()).filter((v) => v !== token);
  return { kind, network, nearest, start: 0, decoder: () => rereadingDecoder(network), dispose() {} };
}

/** The denoiser of one chain beside the network of another. */
export const beside = (chain: Chain, other: Chain, kind: PartnerKind) =>
  withPartner(exactDenoiser(chain), exactPartner(other, kind));

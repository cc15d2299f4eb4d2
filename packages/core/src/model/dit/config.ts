/** @file The shape of a denoiser: what its parameters and its network are made from. */

/**
 * Numbers that each masked position is told beside the mask, a linear layer of which is added to its embedding.
 *
 * `gumbel`: softmax of Gumbel noise over the tokens, kept for the row · `choice`: which of `size` a row has drawn, anew in each step ·
 * `gaussian`: `size` independent N(0, 1), kept for the row
 */
export interface NoiseInput {
  readonly law: "gumbel" | "choice" | "gaussian";
  readonly size: number;
}

export interface DitConfig {
  /** V, the mask token included. */
  readonly vocabSize: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly length: number;
  readonly conditioning: number;
  /** Rate of the two residual dropouts of each block, in training only. */
  readonly dropout: number;
  /** True for the AR baseline: the same trunk, each position looking at earlier ones only. */
  readonly causal: boolean;
  /** A position is predicted from the one before it, as an AR model predicts it; the first from the row's last. */
  readonly shift?: boolean;
  /** Left out: nothing is told. */
  readonly noise?: NoiseInput;
  /**
   * N copies of the last block, each for the rows whose share of masks is in its interval (k/N, (k + 1)/N]; left out: one for all. Not t's:
   * the network is not told t, so that what it says is a function of xt, whoever asks.
   */
  readonly decoders?: number;
  /** Each masked position is told what the network said of it last; not beside `noise`. */
  readonly selfConditioning?: boolean;
}

/** Blocks whose parameters a network has: those that a row goes through, and the other copies of the last, after it. */
export const storedBlocks = ({ blocks, decoders = 1 }: Pick<DitConfig, "blocks" | "decoders">): number =>
  blocks + decoders - 1;

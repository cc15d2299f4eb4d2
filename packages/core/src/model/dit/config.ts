/** @file The shape of a denoiser: what its parameters and its network are made from. */

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
}

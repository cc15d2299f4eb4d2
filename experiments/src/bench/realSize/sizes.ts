/**
 * @file The models of the real-size runs: the published sizes, and two smaller scales of the same runs to try first.
 */
import { type DitConfig, ditPreset, type ModelConfig } from "@sdtt/core/model";

export const scaleNames = ["full", "middle", "tiny"] as const;
export type ScaleName = (typeof scaleNames)[number];

export interface Sizes {
  readonly student: ModelConfig & DitConfig;
  readonly large: ModelConfig & DitConfig;
  readonly judge: ModelConfig;
}

type Trunk = Pick<DitConfig, "blocks" | "width" | "heads" | "length">;

/** GPT-2's vocabulary; a denoiser has the mask token on top. */
const gpt2Vocabulary = 50_257;
const gpt2Large = { kind: "gpt2", blocks: 36, width: 1280, heads: 20, length: 1024 } as const;

/** A published preset cut down, so that a run is tried in seconds. */
function reduced(trunk: Trunk, tokens: number): Sizes {
  const denoiser = { ...ditPreset("169m", { vocabSize: tokens + 1 }), ...trunk };
  return { student: denoiser, large: denoiser, judge: { kind: "gpt2", ...trunk, vocabSize: tokens } };
}

export const sizes: Record<ScaleName, Sizes> = {
  full: {
    student: ditPreset("169m", { vocabSize: gpt2Vocabulary + 1 }),
    large: ditPreset("863m", { vocabSize: gpt2Vocabulary + 1 }),
    judge: { ...gpt2Large, vocabSize: gpt2Vocabulary },
  },
  middle: reduced({ blocks: 6, width: 512, heads: 8, length: 512 }, gpt2Vocabulary),
  tiny: reduced({ blocks: 1, width: 32, heads: 2, length: 32 }, 300),
};

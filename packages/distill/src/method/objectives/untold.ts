/**
 * @file Rows that are told nothing, so that a student with a noise input is a denoiser of its own too.
 *
 * Whoever asks it without noise (bounds, last words, the next round's teacher) then asks what it was trained for.
 */
import type { RandomStream } from "@sdtt/core/base";

const untoldShare = 0.1;

/** Drawn first of all that a row's stream is for. */
export const isTold = (random: RandomStream): boolean => random.uniform() >= untoldShare;

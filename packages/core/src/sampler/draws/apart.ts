/** @file Tokens of a row that are drawn apart: each from the network's law of its position, whatever the others are. */

import type { RowStreams } from "../draw.js";
import type { RowLogits } from "../rowSampler.js";
import { drawTokenBy, type TokenLaw } from "./nucleus.js";

/** A token for each asked position, in their order, one uniform of the row's stream for each. */
export const drawApart =
  (law: TokenLaw, { draw }: Pick<RowStreams, "draw">) =>
  (asked: readonly number[], { data, offset, size }: RowLogits): number[] =>
    asked.map((_, k) => drawTokenBy(law, data, offset + k * size, size, draw.uniform()));

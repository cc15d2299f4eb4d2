/**
 * @file In which order a round's rows are masked and its teacher reveals: by chance, or from coarse to fine as `--sampler=spaced` does.
 *
 * A student of coarse-to-fine rounds is made for that sampler: it learns from rows that look as the sampler's do, of which the first
 * positions of an order stand and the others are masked, and its teacher's steps go on in the same order.
 */
import type { RandomStream } from "@sdtt/core/base";
import { maskTokens } from "@sdtt/core/diffusion";
import { type RowDraw, shiftedOrder } from "@sdtt/core/sampler";

export const orderNames = ["random", "spaced"] as const;
export type OrderName = (typeof orderNames)[number];

/** Rows masked at t, and of each the order of its positions where it has one. */
export interface MaskedRows {
  readonly xt: Int32Array;
  readonly orders?: readonly (readonly number[])[] | undefined;
}

/**
 * Shapes   x0 [B·L] · t [B] → xt [B·L]
 * Holds    from coarse to fine, a row at t keeps the first (1 − t)·L of its order, and one mask at least
 */
const maskings: Record<
  OrderName,
  (random: RandomStream, x0: Int32Array, t: Float64Array, maskId: number) => MaskedRows
> = {
  random: (random, x0, t, maskId) => ({ xt: maskTokens(random, x0, t, maskId) }),
  spaced(random, x0, t, maskId) {
    const length = x0.length / t.length;
    const xt = x0.slice();
    const orders = Array.from(t, (time, row) => {
      const order = shiftedOrder(length, random.uniform());
      const kept = length - Math.max(1, Math.round(time * length));
      for (const j of order.slice(kept)) xt[row * length + j] = maskId;
      return order;
    });
    return { xt, orders };
  },
};

export const maskRows = (order: OrderName, ...given: [RandomStream, Int32Array, Float64Array, number]): MaskedRows =>
  maskings[order](...given);

/**
 * A rule of drawing whose reveals come in `order`: as many as by chance on average, the rest that is no whole one by chance.
 *
 * Holds    the first positions of the order that are masked are revealed
 */
export function inOrder(rule: RowDraw, order: readonly number[], random: RandomStream): RowDraw {
  const places = new Map(order.map((j, place) => [j, place]));
  return {
    asked(masked, probability) {
      const count = Math.floor(masked.length * probability + random.uniform());
      const sorted = [...masked].sort((a, b) => (places.get(a) as number) - (places.get(b) as number));
      return sorted.slice(0, count).sort((a, b) => a - b);
    },
    token: (...asked) => rule.token(...asked),
  };
}

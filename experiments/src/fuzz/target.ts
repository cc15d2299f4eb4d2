/**
 * @file What a fuzz target is: one case drawn from a seed, which ends as it should or is a fault.
 */
import { type RandomStream, UserError } from "@sdtt/core/base";

export interface Target {
  readonly name: string;
  /**
   * Draws one case and tries it; gives a word for how it ended, to be counted.
   *
   * Throws   Fault where the product lied; whatever else is thrown is a defect as well
   */
  run(random: RandomStream, folder: string): Promise<string>;
}

/** Something that must never happen, with all that is needed to see it again. */
export class Fault extends Error {
  override readonly name = "Fault";
}

export const oneOf = <T>(random: RandomStream, values: readonly T[]): T => values[random.integer(values.length)] as T;

export const chance = (random: RandomStream, share: number): boolean => random.uniform() < share;

/** `most` values at most, perhaps none. */
export const some = <T>(random: RandomStream, most: number, draw: () => T): T[] =>
  Array.from({ length: random.integer(most + 1) }, draw);

/** Refused in one line, as a user's mistake is; a stack in it is a defect. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof UserError && !error.message.includes("\n    at ");

/** What `use` comes to, or that it was refused. */
export async function attempt<T>(use: () => T | Promise<T>): Promise<T | "refused"> {
  try {
    return await use();
  } catch (error) {
    if (isRefusal(error)) return "refused";
    throw error;
  }
}

/**
 * @file What a question to the stores is: which query it takes, and how it is answered. `protocol.ts` gives each its address.
 */
import type { z } from "zod";
import type { RunForecasts } from "./forecasts.js";
import type { Judged } from "./news.js";
import type { Version } from "./stores/remembering.js";
import type { Stores } from "./stores/stores.js";

/** What answers are made from. */
export interface Sources extends Pick<Stores, "reader" | "sweeps" | "reports"> {
  /** What is new since a time, remembered as long as no figure changes. */
  readonly judged: (since: string) => Judged;
  /** Made apart from all other answers, because a fit takes seconds. Rejects with UserError. */
  readonly forecasts: (runs: readonly string[]) => Promise<RunForecasts>;
}

export interface Question<Q extends z.ZodObject = z.ZodObject, A = unknown> {
  /** What is answered, in words, for docs/dashboard/api.md. */
  readonly what: string;
  readonly query: Q;
  /** Which changes of the stores the answer depends on; left out: any. */
  readonly of?: keyof Version;
  /** Throws UserError for what the stores do not have; a promise where others must not wait for it. */
  answer(query: z.output<Q>, from: Sources): A;
}

/** A question as it stands, with the types of its query and its answer. */
export const question = <Q extends z.ZodObject, A>(asked: Question<Q, A>): Question<Q, A> => asked;

/**
 * @file What a sampler is: a value with its name, its parameter if it has one, and its law.
 *
 * A sampler of this project is a file in `rules/` and a line in `samplers.ts`; one of your own is a file that is named where a
 * sampler's name is asked for (`--sampler=mine.ts`), whose default export is what `defineSampler` gives. `sample.ts` says
 * what a rule is, `method.ts` what a row is.
 */
import { z } from "zod";
import type { Draw } from "./draw.js";
import type { RowStreams, TokenLaw } from "./draws/nucleus.js";
import type { RowMethod } from "./method.js";
import type { StepRule } from "./sample.js";

interface Named {
  /** What rows of the store call it. */
  readonly name: string;
  /** Of your own: another number for any change of what it draws. */
  readonly version?: number;
  /** Its default and its bounds (above the first, up to the second); left out: it has no parameter. */
  readonly parameter?: { readonly initial: number; readonly above: number; readonly most: number };
  /** What tokens are drawn in; left out: float64. */
  readonly precision?: "float64" | "float32 Gumbel";
}

/** Each position on its own, before the network is asked: what a step does not reveal costs nothing. */
interface ByPosition extends Named {
  readonly rule: StepRule;
  /** Left out: reveals by one draw a position, tokens by inverse CDF. */
  draws?(seed: number, law: TokenLaw): Draw;
}

/** A row as a whole, which may look at what the network says and mask tokens again; made anew for each row. */
interface ByRow extends Named {
  row(numSteps: number, law: TokenLaw, streams: RowStreams, parameter: number): RowMethod;
}

export type Sampler = ByPosition | ByRow;

/** Gives a sampler its types. */
export const defineSampler = <S extends Sampler>(sampler: S): S => sampler;

const isFunction = z.custom((value) => typeof value === "function", "must be a function");
const named = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case letters, digits and dashes"),
  version: z.int().positive(),
  parameter: z.object({ initial: z.number(), above: z.number(), most: z.number() }).optional(),
  precision: z.enum(["float64", "float32 Gumbel"]).optional(),
});
const rule = z.object({ times: isFunction, revealProbability: isFunction, ending: z.enum(["draw", "argmax"]) });

/** Of a file of one's own. */
export const samplerSchema = z.union([named.extend({ rule }), named.extend({ row: isFunction })]);

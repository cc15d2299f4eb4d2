/**
 * @file What a sampler is: a value with its name, its parameter if it has one, and its law.
 *
 * A sampler of this project is a file in `rules/` and a line in `samplers.ts`; one of your own is a file that is named where a
 * sampler's name is asked for (`--sampler=mine.ts`), whose default export is what `defineSampler` gives. `sample.ts` says
 * what a rule is, `rowSampler.ts` what a row is.
 */
import { z } from "zod";
import type { Draw, RowStreams } from "./draw.js";
import type { TokenLaw } from "./draws/nucleus.js";
import type { Denoiser } from "./network/denoiser.js";
import { type Partner, type PartnerKind, partnerKinds } from "./partner.js";
import type { RowSampler } from "./rowSampler.js";
import type { StepRule } from "./sample.js";

/** A parameter's default and its bounds (above the first, up to the second). */
export interface ParameterBounds {
  readonly initial: number;
  readonly above: number;
  readonly most: number;
  /** Of several, what it is called. */
  readonly name?: string;
  /** Left out: any number. */
  readonly isWhole?: boolean;
}

interface Named {
  /** What rows of the store call it. */
  readonly name: string;
  /** Of your own: another number for any change of what it draws. */
  readonly version?: number;
  /** Left out: it has none. Several are written one after the other, as in `energy:4:0.5:1`. */
  readonly parameter?: ParameterBounds | readonly ParameterBounds[];
  /** What tokens are drawn in; left out: float64. */
  readonly precision?: "float64" | "float32 Gumbel";
}

/** Each position on its own, before the network is asked: what a step does not reveal costs nothing. */
interface ByPosition extends Named {
  readonly rule: StepRule;
  /** Whose law tokens are drawn from, of its parameters, in place of the denoiser's own; left out: its own. */
  network?(denoiser: Denoiser, ...parameters: number[]): Denoiser;
  /** Whether that looks into a datastore, which must come with the denoiser. */
  readonly datastore?: true;
  /** Left out: reveals by one draw a position, tokens by inverse CDF. */
  draws?(seed: number, law: TokenLaw): Draw;
}

/** A row as a whole, which may look at what the network says and mask tokens again; made anew for each row. */
interface ByRow extends Named {
  row(numSteps: number, law: TokenLaw, streams: RowStreams, ...parameters: number[]): RowSampler;
}

/** What a sampler with a partner knows when it begins a batch. */
export interface Beginning {
  readonly batch: number;
  readonly length: number;
  readonly first: number;
  readonly seed: number;
  readonly law: TokenLaw;
  /** Given tokens [batch · length], −1 where free. */
  readonly fixed?: Int32Array | undefined;
}

/** As `ByRow`, with a second network to ask: of that kind, which `partner.ts` says more of. */
interface WithPartner extends Named {
  readonly partner: PartnerKind;
  rowBeside(
    partner: Partner,
    numSteps: number,
    law: TokenLaw,
    streams: RowStreams,
    ...parameters: number[]
  ): RowSampler;
  /** Tokens that the partner gives before the first step, −1 where free, and its evaluations of each row. */
  begin?(partner: Partner, given: Beginning, ...parameters: number[]): Promise<{ fixed: Int32Array; passes: number }>;
}

export type Sampler = ByPosition | ByRow | WithPartner;

/** Gives a sampler its types. */
export const defineSampler = <S extends Sampler>(sampler: S): S => sampler;

const isFunction = z.custom((value) => typeof value === "function", "must be a function");
const bounds = z.object({
  ...{ initial: z.number(), above: z.number(), most: z.number() },
  ...{ name: z.string().optional(), isWhole: z.boolean().optional() },
});
const named = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case letters, digits and dashes"),
  version: z.int().positive(),
  parameter: z.union([bounds, z.array(bounds).min(1)]).optional(),
  precision: z.enum(["float64", "float32 Gumbel"]).optional(),
});
const rule = z.object({ times: isFunction, revealProbability: isFunction, ending: z.enum(["draw", "argmax"]) });

/** Of a file of one's own. */
export const samplerSchema = z.union([
  named.extend({ rule }),
  named.extend({ row: isFunction }),
  named.extend({ partner: z.enum(partnerKinds), rowBeside: isFunction }),
]);

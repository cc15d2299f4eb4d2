/**
 * @file Every sampler by name, behind one call: what a user chooses with `--sampler`, and what a stored row says.
 *
 * A name may carry its one parameter, as in `threshold:0.8`; the written form always does, so that rows of different
 * parameters are never mixed.
 */
import { userError } from "../base/errors.js";
import { gumbelFloat32 } from "./draws/gumbelFloat32.js";
import { nucleusDraw, type RowStreams, seededStreams, type TokenLaw } from "./draws/nucleus.js";
import { type RowMethod, sampleByMethod } from "./method.js";
import { isStaged } from "./mixture.js";
import type { Denoiser } from "./network/denoiser.js";
import { confidenceThreshold, topConfidence } from "./rules/confidence.js";
import { firstHitting } from "./rules/firstHitting.js";
import { type RemaskName, remasking, remaskSteps } from "./rules/remask.js";
import { type SampleOptions, type Samples, sample } from "./sample.js";
import { type SamplerName, samplerNames, samplers } from "./samplers.js";

interface MethodChoice {
  /** The parameter's default and its bounds (above the first, up to the second); none: it has no parameter. */
  readonly parameter?: { readonly initial: number; readonly above: number; readonly most: number };
  row(numSteps: number, law: TokenLaw, streams: RowStreams, parameter: number): RowMethod;
}

const remask = (name: RemaskName): MethodChoice => ({
  parameter: { initial: 0.02, above: 0, most: 1 },
  row: (numSteps, law, { reveal, draw }, eta) => remasking(remaskSteps(name, eta, numSteps), law, reveal, draw),
});

const methods = {
  "first-hitting": { row: (numSteps, law, { reveal, draw }) => firstHitting(numSteps, law, reveal, draw) },
  "top-k": { row: (numSteps, law, { draw }) => topConfidence(numSteps, law, draw) },
  threshold: {
    parameter: { initial: 0.9, above: 0, most: 1 },
    row: (numSteps, law, { draw }, threshold) => confidenceThreshold(numSteps, threshold, law, draw),
  },
  "remdm-cap": remask("cap"),
  "remdm-rescale": remask("rescale"),
  "remdm-loop": remask("loop"),
} as const satisfies Record<string, MethodChoice>;
type MethodName = keyof typeof methods;

/** The published float32 regime, under the ancestral law it misses: for showing the flaw. */
const flawed = "ancestral-float32";

export const samplerChoices = [...samplerNames, ...(Object.keys(methods) as MethodName[]), flawed] as const;
export type SamplerChoice = (typeof samplerChoices)[number];

export interface ChosenSampler {
  readonly name: SamplerChoice;
  readonly parameter?: number;
  /** What is stored: the name, with the parameter where there is one. */
  readonly written: string;
  /** What tokens are drawn in. */
  readonly precision: "float64" | "float32 Gumbel";
}

/** Reads `name` or `name:parameter`. Throws   UserError for another name, or a parameter out of bounds */
export function parseSampler(text: string): ChosenSampler {
  const [given = "", value] = text.split(/:(.*)/s, 2);
  const name = samplerChoices.find((choice) => choice === given);
  if (!name) {
    throw userError(
      "sampler",
      `must be one of ${samplerChoices.join(", ")}`,
      `"${text}" (flag --sampler)`,
      "Give one.",
    );
  }
  const choice: MethodChoice | undefined = name in methods ? methods[name as MethodName] : undefined;
  const bounds = choice?.parameter;
  const precision = name === flawed ? "float32 Gumbel" : "float64";
  if (!bounds) {
    if (value === undefined) return { name, written: name, precision };
    throw userError("sampler", `${name} takes no parameter`, `"${text}" (flag --sampler)`, `Write ${name}.`);
  }
  const parameter = value === undefined ? bounds.initial : Number(value);
  if (!(parameter > bounds.above && parameter <= bounds.most)) {
    const rule = `the parameter of ${name} must be above ${bounds.above} and at most ${bounds.most}`;
    throw userError("sampler", rule, `"${text}" (flag --sampler)`, `Write ${name}:${bounds.initial}, for example.`);
  }
  return { name, parameter, written: `${name}:${parameter}`, precision };
}

export interface ChosenOptions extends Omit<SampleOptions, "draw"> {
  /** Tokens outside the likeliest mass of this size are never drawn; 1 (default) leaves all in. */
  readonly topP?: number;
  /** Where draws come from; default: streams of its own for each row, under `seed`. */
  readonly streams?: (row: number) => RowStreams;
}

function check({ numSteps, temperature = 1, topP = 1 }: ChosenOptions): void {
  if (!Number.isInteger(numSteps) || numSteps < 1) {
    const rule = "numSteps must be a positive integer";
    throw userError("sampler", rule, `${numSteps} (flag --steps)`, "Give one or more counts, as in --steps=8,32.");
  }
  if (!(temperature > 0)) {
    throw userError("sampler", "temperature must be above 0", temperature, "Give a value such as 0.9 or 1.");
  }
  if (!(topP > 0 && topP <= 1)) {
    throw userError("sampler", "top-p must be above 0 and at most 1", topP, "Give a value such as 0.9 or 1.");
  }
}

/**
 * Samples by the sampler chosen; the law is in the file of its name.
 *
 * Holds    row i does not depend on the batch it is in
 * Holds    a given token never changes
 * Holds    `ancestral`, `analytic` and `cached` with top-p 1 draw what `sample` draws
 */
export async function sampleWith(chosen: ChosenSampler, denoiser: Denoiser, options: ChosenOptions): Promise<Samples> {
  check(options);
  const { numSteps, seed, temperature = 1, topP = 1 } = options;
  const turn = (step: number) => isStaged(denoiser) && denoiser.at(step, numSteps);
  turn(1);
  const onStep = (step: number, ids: Int32Array) => {
    turn(step + 1);
    options.onStep?.(step, ids);
  };
  const law = { temperature, topP };
  const streams = options.streams ?? seededStreams(seed);
  const { name, parameter = 0 } = chosen;
  if (name === flawed) {
    if (topP < 1) throw userError("sampler", `${flawed} draws from all tokens`, `top-p ${topP}`, "Leave out --top-p.");
    return sample(denoiser, samplers.ancestral, { ...options, onStep, draw: gumbelFloat32(seed, temperature) });
  }
  if (!(name in methods)) {
    return sample(denoiser, samplers[name as SamplerName], { ...options, onStep, draw: nucleusDraw(streams, law) });
  }
  const choice: MethodChoice = methods[name as MethodName];
  const methodOf = (row: number) => choice.row(numSteps, law, streams(row), parameter);
  return sampleByMethod(denoiser, methodOf, { ...options, onStep });
}

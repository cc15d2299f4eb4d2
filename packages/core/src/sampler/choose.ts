/**
 * @file Every sampler by name, behind one call: what a user chooses with `--sampler`, and what a stored row says.
 *
 * A name may carry its parameters, as in `threshold:0.8`; the written form always does, so that rows of different
 * parameters are never mixed. A file of one's own stands where a name does.
 */
import { userError } from "../base/errors.js";
import { exportOf, pinned } from "../files/ownModule.js";
import { type ParameterBounds, type Sampler, samplerSchema } from "./contract.js";
import { inverseCdf, type RowStreams, seededStreams } from "./draw.js";
import { sampleRows } from "./loop.js";
import type { Denoiser } from "./network/denoiser.js";
import { guided } from "./network/guided.js";
import { partnerOf } from "./partner.js";
import { checkDraws, type SampleOptions, type Samples, sample } from "./sample.js";
import { builtinSamplers } from "./samplers.js";
import { isStaged } from "./staged.js";

export const samplerChoices: readonly string[] = builtinSamplers.map(({ name }) => name);

export interface ChosenSampler {
  readonly name: string;
  readonly sampler: Sampler;
  readonly parameters: readonly number[];
  /** w of `network/guided.ts`; left out: the network's own law. */
  readonly guidance?: number;
  /** What is stored: the name, with version, parameters and guidance where there are any. */
  readonly written: string;
  /** What tokens are drawn in. */
  readonly precision: "float64" | "float32 Gumbel";
}

const form =
  /^(?:(?<file>.+?\.[cm]?[jt]s(?:#[0-9a-f]{12})?)|(?<name>[^:+]*))(?::(?<value>[^+]*))?(?:\+(?<law>[^:]*)(?::(?<weight>.*))?)?$/s;

const partsOf = (text: string): { readonly [part in "file" | "name" | "value" | "law" | "weight"]?: string } =>
  form.exec(text)?.groups ?? { name: text };

/** Those of files that were loaded, by path and hash. */
const loaded = new Map<string, Sampler>();

function named(text: string): Sampler {
  const { file, name } = partsOf(text);
  const found = file ? loaded.get(pinned("sampler", file)) : builtinSamplers.find((one) => one.name === name);
  if (found) return found;
  const rule = `must be one of ${samplerChoices.join(", ")}, or a file of your own`;
  throw userError("sampler", rule, `"${text}" (flag --sampler)`, "Give one.");
}

/** The parameter of these bounds. Throws   UserError where it is out of them */
function bounded(
  name: string,
  bounds: ParameterBounds,
  value: string | undefined,
  got: string,
  example: string,
): number {
  const { initial, above, most, name: own, isWhole = false } = bounds;
  const parameter = value === undefined ? initial : value.trim() === "" ? Number.NaN : Number(value);
  if (parameter > above && parameter <= most && (!isWhole || Number.isInteger(parameter))) return parameter;
  const what = own ? `${own}, a parameter of ${name},` : `the parameter of ${name}`;
  const rule = `${what} must be ${isWhole ? "whole, " : ""}above ${above} and at most ${most}`;
  throw userError("sampler", rule, got, `Write ${example}, for example.`);
}

function withParameters(sampler: Sampler, value: string | undefined, text: string): ChosenSampler {
  const { name, version, parameter = [], precision = "float64" } = sampler;
  const full = version === undefined ? name : `${name}@${version}`;
  const bounds = [parameter].flat() as readonly ParameterBounds[];
  const got = `"${text}" (flag --sampler)`;
  const values = value === undefined ? [] : value.split(/[:,]/);
  const example = [name, ...bounds.map(({ initial }) => initial)].join(":");
  if (values.length > bounds.length) {
    const rule = `${name} takes ${bounds.length === 0 ? "no parameter" : bounds.length === 1 ? "one parameter" : `${bounds.length} parameters at most`}`;
    throw userError("sampler", rule, got, `Write ${example}.`);
  }
  const parameters = bounds.map((one, i) => bounded(name, one, values[i], got, example));
  return { name, sampler, parameters, written: [full, ...parameters].join(":"), precision };
}

const guidanceBounds: ParameterBounds = { name: "w", initial: 0.5, above: -1e-9, most: 100 };

/** With its network guided, where the text says so. Throws   UserError for anything else behind `+`, or a weight out of bounds */
function withGuidance(chosen: ChosenSampler, text: string): ChosenSampler {
  const { law, weight } = partsOf(text);
  if (law === undefined) return chosen;
  const [got, example] = [`"${text}" (flag --sampler)`, `${chosen.name}+guided:${guidanceBounds.initial}`];
  if (law !== "guided") throw userError("sampler", "what follows + must be guided", got, `Write ${example}.`);
  const guidance = bounded("guided", guidanceBounds, weight, got, example);
  return { ...chosen, guidance, written: `${chosen.written}+guided:${guidance}` };
}

/**
 * Reads `name` or `name:parameters`, with `+guided:w` behind it or not; a sampler itself is taken with its usual parameters.
 *
 * Throws   UserError for another name, a file that `loadSampler` did not load, or a parameter out of bounds
 */
export function parseSampler(given: string | Sampler): ChosenSampler {
  if (typeof given !== "string") return withParameters(given, undefined, given.name);
  return withGuidance(withParameters(named(given), partsOf(given).value, given), given);
}

const remedy = "Its default export must be a sampler (docs/extending.md).";

/** `parseSampler` of a name or a file, which is loaded once. Throws   UserError where that fails, or its name is taken */
export async function loadSampler(text: string): Promise<ChosenSampler> {
  const { file } = partsOf(text);
  const key = file && pinned("sampler", file);
  if (key && !loaded.has(key)) {
    const sampler = await exportOf<Sampler>("sampler", key, samplerSchema, remedy);
    if (samplerChoices.includes(sampler.name)) {
      throw userError(`sampler ${file}`, "must have a name of its own", sampler.name, "Give it another name.");
    }
    loaded.set(key, sampler);
  }
  return parseSampler(text);
}

/** The text with a file's whole path and hash. Throws   UserError where there is no such file */
export function pinnedSampler(text: string): string {
  const { file } = partsOf(text);
  return file ? pinned("sampler", file) + text.slice(file.length) : text;
}

export interface ChosenOptions extends Omit<SampleOptions, "draw"> {
  /** Tokens outside the likeliest mass of this size are never drawn; 1 (default) leaves all in. */
  readonly topP?: number;
  /** Where draws come from; default: streams of its own for each row, under `seed`. */
  readonly streams?: (row: number) => RowStreams;
}

/**
 * Samples by the sampler chosen; the law is in the file of its name.
 *
 * Holds    row i does not depend on the batch it is in
 * Holds    a given token never changes
 * Holds    `ancestral`, `analytic` and `cached` with top-p 1 draw what `sample` draws
 */
export async function sampleWith(
  given: ChosenSampler | Sampler,
  denoiser: Denoiser,
  options: ChosenOptions,
): Promise<Samples> {
  checkDraws(options);
  const { name, sampler, parameters, guidance } = "sampler" in given ? given : parseSampler(given);
  const { numSteps, batch, seed, first = 0, length = denoiser.length, temperature = 1, topP = 1 } = options;
  const turn = (step: number) => isStaged(denoiser) && denoiser.at(step, numSteps);
  turn(1);
  const onStep = (step: number, ids: Int32Array) => {
    turn(step + 1);
    options.onStep?.(step, ids);
  };
  const law = { temperature, topP };
  const streams = options.streams ?? seededStreams(seed);
  const byGuidance = (own: Denoiser) => (guidance === undefined ? own : guided(own, guidance));
  if ("rule" in sampler) {
    const draw = sampler.draws?.(seed, law) ?? ((row) => inverseCdf(streams(row), law));
    const asked = sampler.network?.(denoiser, ...parameters) ?? denoiser;
    return sample(byGuidance(asked), sampler.rule, { ...options, onStep, draw });
  }
  if ("row" in sampler) {
    const samplerOf = (row: number) => sampler.row(numSteps, law, streams(row), ...parameters);
    const { ids, nfe, revealSteps } = await sampleRows(byGuidance(denoiser), samplerOf, { ...options, onStep });
    return { ids, nfe, revealSteps };
  }
  const partner = partnerOf(denoiser, name, sampler.partner);
  const beginning = { batch, length, first, seed, law, fixed: options.fixed };
  const begun = await sampler.begin?.(partner, beginning, ...parameters);
  const samplerOf = (row: number) => sampler.rowBeside(partner, numSteps, law, streams(row), ...parameters);
  const fixed = begun && { fixed: begun.fixed };
  const drawn = await sampleRows(byGuidance(denoiser), samplerOf, { ...options, ...fixed, partner, onStep });
  return { ...drawn, partnerPasses: drawn.partnerPasses.map((passes) => passes + (begun?.passes ?? 0)) };
}

/**
 * @file What a cell of a curve is: a checkpoint at one step count, how its samples are drawn, and by what its rows are known.
 */
import { type Datastore, datastoreHash, type PartnerKind, parseSampler } from "@sdtt/core/sampler";
import type { EvaluationIdentity } from "@sdtt/core/store";
import type { Tokenizer } from "@sdtt/core/text";
import type { Judge } from "../judge/judge.js";
import { definitionOf } from "../metrics/contract.js";
import type { Figure, Measures } from "../metrics/figures.js";
import { definitionsFor, type GenPplDefinition } from "../metrics/text/genPpl.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { type SamplingSettings, setPath } from "./sampleSet.js";

export interface CellSettings extends SamplingSettings {
  /** Samples that are stored. */
  readonly keep: number;
  /** Whether samples that are no longer kept are drawn again for figures that a finished cell lacks. */
  readonly again?: boolean | undefined;
}

/** Another round's student, which takes the first steps. */
export interface Early {
  readonly checkpoint: Checkpoint;
  /** Of all steps. */
  readonly share: number;
}

/** A checkpoint with what it takes to sample from it and to judge the samples. */
export interface Subject {
  readonly checkpoint: Checkpoint;
  readonly early?: Early | undefined;
  /** Whom samplers ask that need a second network. */
  readonly partners?: Partial<Record<PartnerKind, Checkpoint>> | undefined;
  /** Where samplers look that mix in neighbours. */
  readonly datastore?: Datastore | undefined;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
  /** What samples are measured by beside gen-PPL; left out: by the project's own metrics, as far as they need no more. */
  readonly measures?: Measures | undefined;
}

const metric = "gen-ppl";

/** Of the network and of the draws; the second is a regime of its own (docs/method.md, 4). */
export function precisionOf({ sampler = "ancestral" }: SamplingSettings): string {
  return parseSampler(sampler).precision === "float64" ? precision : "float32, drawn in float32 (Gumbel)";
}

export function definitionsOf({ checkpoint, tokenizer, judge }: Subject): GenPplDefinition[] {
  return definitionsFor({ tokenizer, length: checkpoint.model.length }, judge);
}

export type DrawnBy = Pick<Subject, "checkpoint" | "early" | "partners" | "datastore">;

export function identityOf(
  { judge, ...sampled }: DrawnBy & Pick<Subject, "judge">,
  definition: GenPplDefinition,
  steps: number,
  settings: SamplingSettings,
): EvaluationIdentity {
  const common = { subjectHash: sampled.checkpoint.hash, referenceHash: judge.hash, metric, definition };
  return { ...common, ...drawnAs(sampled, settings), steps };
}

/** "first 0.5 by 1a2b3c4d5e6f", or nothing where one student takes all steps. */
export const scheduleText = ({ early }: Pick<Subject, "early">): string | undefined =>
  early && `first ${early.share} by ${early.checkpoint.hash.slice(0, 12)}`;

/** The second network that the sampler asks, where it asks one. */
export function partnerIn({ partners }: Pick<Subject, "partners">, { sampler: name = "ancestral" }: SamplingSettings) {
  const { sampler } = parseSampler(name);
  return "partner" in sampler ? partners?.[sampler.partner] : undefined;
}

/** "with 1a2b3c4d5e6f" */
function partnerText(subject: DrawnBy, settings: SamplingSettings): string | undefined {
  const partner = partnerIn(subject, settings);
  return partner && `with ${partner.hash.slice(0, 12)}`;
}

/** Where the sampler looks, where it looks into a datastore. */
export function datastoreIn({ datastore }: Pick<Subject, "datastore">, settings: SamplingSettings) {
  return "datastore" in parseSampler(settings.sampler ?? "ancestral").sampler ? datastore : undefined;
}

/** "from 1a2b3c4d5e6f" */
function datastoreText(subject: DrawnBy, settings: SamplingSettings): string | undefined {
  const datastore = datastoreIn(subject, settings);
  return datastore && `from ${datastoreHash(datastore).slice(0, 12)}`;
}

/** What a row says of how its samples were drawn; a schedule of rounds, another partner or datastore, is a sampler of its own. */
export function drawnAs(subject: DrawnBy, settings: SamplingSettings) {
  const { seed, temperature, samples, sampler = "ancestral", topP = 1 } = settings;
  const more = [partnerText(subject, settings), datastoreText(subject, settings), scheduleText(subject)];
  const written = [parseSampler(sampler).written, ...more.filter((text) => text !== undefined)].join(", ");
  return { seed, temperature, n: samples, sampler: written, topP };
}

/** What a row says of who made its samples. */
export function madeBy({ checkpoint }: DrawnBy, runId: string, settings: SamplingSettings) {
  const { round, weights, control } = checkpoint;
  return { runId, round, weights, control, dtype: precisionOf(settings) };
}

/** Where the samples of a cell are kept. */
export function cellPath(root: string, subject: DrawnBy, steps: number, settings: SamplingSettings): string {
  const { hash: checkpointHash, model } = subject.checkpoint;
  const [schedule, partner] = [scheduleText(subject), partnerText(subject, settings)];
  const datastore = datastoreText(subject, settings);
  const drawnBy = {
    checkpointHash,
    length: model.length,
    steps,
    ...(schedule && { schedule }),
    ...(partner && { partner }),
    ...(datastore && { datastore }),
  };
  return setPath(root, drawnBy, settings);
}

/** The row of a figure that needs no judge. */
export function figureIdentity(
  sampled: DrawnBy,
  { declared, against }: Figure,
  steps: number,
  settings: SamplingSettings,
): EvaluationIdentity {
  const of = { subjectHash: sampled.checkpoint.hash, metric: declared.name, definition: definitionOf(declared) };
  return { ...of, ...(against !== undefined && { referenceHash: against }), ...drawnAs(sampled, settings), steps };
}

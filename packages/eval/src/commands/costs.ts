/** @file What `curve` and `lambada` would cost, said without reading weights or text. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { publishedArchitecture } from "@sdtt/core/checkpoint";
import { isCausal, isSelfConditioned, type ModelConfig } from "@sdtt/core/model";
import {
  askedTrunkFlops,
  gpt2Vocabulary,
  headFlops,
  inferenceMemory,
  type MemoryPart,
  type Plan,
  type PlannedSize,
  plannedModel,
  samplingFlops,
  scoringFlops,
} from "@sdtt/core/plan";
import { builtinSamplers, parseSampler, partnerFolder } from "@sdtt/core/sampler";
import { assetPath } from "@sdtt/core/workspace";
import { samplesAt } from "../samples/samplesAt.js";

const gpt2Large: ModelConfig = {
  ...{ kind: "gpt2", blocks: 36, width: 1280, heads: 20, length: 1024 },
  vocabSize: gpt2Vocabulary,
};

function plannedJudge(folder: string): { judge: ModelConfig; note: string } {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return { judge: gpt2Large, note: `judge ${folder} is not there: taken to be GPT-2 large` };
  return { judge: publishedArchitecture(folder, "gpt2"), note: `judge: sizes from ${path}` };
}

export interface PlannedCurve {
  readonly checkpoint?: string | undefined;
  readonly teacher: string;
  readonly steps: readonly number[];
  readonly samples?: number | undefined;
  readonly sequences: number;
  readonly judge?: string | undefined;
  readonly sampler?: string | undefined;
  readonly partner?: string | undefined;
  readonly size?: PlannedSize | undefined;
}

/** Rows that the second network reads for a sample of so many steps, at most; those of a file of one's own are not known. */
const partnerReads: Readonly<Record<string, (steps: number, length: number, parameters: readonly number[]) => number>> =
  {
    energy: (steps, length, [k = 4, window = 1]) => (k > 1 ? k * Math.ceil(window * Math.min(steps, length)) : 0),
    verified: (steps, length) => Math.min(steps, length),
    // From where every draft is kept to where one token of each is.
    speculative: (_, length) => length - 1,
    // A row's tokens one by one from the cache: about one row read.
    seeded: () => 1,
  };

/** The second network of a sampler that asks one. Throws   UserError where it is not there and no size is given */
function plannedPartner({ sampler = "ancestral", partner, size }: PlannedCurve, model: ModelConfig) {
  const own = builtinSamplers.find(({ name }) => name === sampler.split(":")[0]);
  if (!own || !("partner" in own)) return undefined;
  const { name, parameters } = parseSampler(sampler);
  const folder = partnerFolder(own.partner, partner);
  const { model: other } = plannedModel("curve", folder, size ?? model);
  const readsOf = (steps: number) => partnerReads[name]?.(steps, model.length, parameters) ?? 0;
  const note = partnerReads[name]
    ? `partner: sizes from ${folder}, the rows that ${name} may ask it to read`
    : `partner ${folder}: how often ${name} asks it is not known, and not counted`;
  return { model: other, note, flopsOf: (steps: number) => scoringFlops(other, readsOf(steps), model.length) };
}

const named = (name: string, parts: readonly MemoryPart[]): MemoryPart[] =>
  parts.filter(({ what }) => what !== "process").map((part) => ({ ...part, what: `${name}: ${part.what}` }));

/** One judged text a sample: raw ids, where judge and model share a tokenizer, are a second pass. */
export function curvePlan(o: PlannedCurve): Plan {
  const { model, note, state } = plannedModel("curve", o.checkpoint ?? assetPath("teacher"), o.size);
  const { judge, note: judgeNote } = plannedJudge(o.judge ?? assetPath("judge"));
  const lineage = state.lineage as readonly string[] | undefined;
  const alone = o.teacher === "none" || (o.teacher === "auto" && lineage?.length === 0);
  const subjects = alone ? 1 : 2;
  const passes = judge.vocabSize + 1 === model.vocabSize ? 2 : 1;
  const partner = plannedPartner(o, model);
  const revealed = (o.sequences * model.length) / (isSelfConditioned(model) ? 1 : Math.min(...o.steps));
  return {
    stage: "curve",
    models: { model, judge, ...(partner && { partner: partner.model }) },
    memory: [
      ...named("model", inferenceMemory(model, o.sequences, revealed)),
      ...(partner ? named("partner", inferenceMemory(partner.model, o.sequences, revealed)) : []),
      ...named("judge", inferenceMemory(judge, 1, 0)),
      { what: "process", bytes: 0.3 * 2 ** 30 },
    ],
    work: [
      ...o.steps.map((steps) => {
        const flopsEach = samplingFlops(model, 1, steps) + (partner?.flopsOf(steps) ?? 0);
        return { unit: `a sample of ${steps} steps`, count: subjects * samplesAt(steps, o.samples), flopsEach };
      }),
      {
        unit: "judging a sample",
        count: subjects * passes * o.steps.reduce((sum, steps) => sum + samplesAt(steps, o.samples), 0),
        flopsEach: scoringFlops(judge, 1, Math.min(model.length, judge.length)),
      },
    ],
    notes: [
      note,
      judgeNote,
      ...(partner ? [partner.note] : []),
      `${subjects} model(s): ${alone ? "no teacher beside it" : "student and teacher"}`,
    ],
  };
}

/** LAMBADA's test set, by GPT-2's tokenizer. */
const lambadaItems = 5153;
const lambadaTokens = 90;

export interface PlannedLambada {
  readonly checkpoint?: string | undefined;
  readonly items?: number | undefined;
  readonly times: number;
  readonly sequences: number;
  readonly size?: PlannedSize | undefined;
}

/** A denoiser reads a passage once for accuracy and `times` times for the bound; a causal model once for both. */
export function lambadaPlan(o: PlannedLambada): Plan {
  const { model, note } = plannedModel("lambada", o.checkpoint ?? assetPath("teacher"), o.size);
  const reads = isCausal(model) ? 1 : 1 + o.times;
  const passage = { ...model, length: lambadaTokens };
  const flopsEach = askedTrunkFlops(passage, 1, 2 * reads, reads) + headFlops(model, 2 * reads);
  return {
    stage: "lambada",
    models: { model },
    memory: inferenceMemory(passage, o.sequences, 4 * o.sequences),
    work: [{ unit: "a passage", count: o.items ?? lambadaItems, flopsEach }],
    notes: [note, `passages of about ${lambadaTokens} tokens, as LAMBADA's; ${reads} reading(s) each`],
  };
}

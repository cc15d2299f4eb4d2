/**
 * @file What a report consists of, before anything is measured: its parts, and the items of each model.
 */
import { userError } from "@sdtt/core/base";
import { parseSampler } from "@sdtt/core/sampler";
import { fewestForBootstrap } from "@sdtt/core/statistics";
import { autoregressiveLevel, type Level, textLevel } from "../findings/levels.js";
import type { Asked, DataSet } from "../metrics/dataSet.js";
import type { Measures } from "../metrics/figures.js";
import { openPassages, passageSet } from "../metrics/lastWord/passages.js";
import { heldOutPieces } from "../metrics/texts/heldOut.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { measuresOf } from "../samples/cellFigures.js";
import type { Subject } from "../samples/cellIdentity.js";
import { type Prompts, promptsOf } from "../samples/continuations.js";
import {
  continuationItem,
  type ItemContext,
  latencyItem,
  levelFigureItem,
  levelItem,
  mauveLevelItem,
  mauveLevels,
  type ReportItem,
  setItem,
} from "./items.js";
import type { ReportFlags } from "./options.js";
import type { LabelledItem, Named, ReportPlan } from "./parts.js";

/** The smallest number of samples of the curve's cells. */
export const commonSamples = ({ o, cellAt }: Pick<ReportPlan, "o" | "cellAt">): number =>
  Math.min(...o.steps.map((steps) => cellAt(steps).samples));

/** All whose samples are judged: teacher, students, controls. */
export const judgedModels = ({ subjects, controls }: Pick<ReportPlan, "subjects" | "controls">): Named[] => [
  ...subjects,
  ...controls,
];

/** What `--samplers=fair` stands for: remasking with parameters that remask in few steps, thresholds that are met. */
const fairSamplers: readonly string[] = [
  ...["spaced", "first-hitting", "top-k", "threshold:0.5", "threshold:0.7", "threshold:0.9"],
  ...["cap", "rescale", "loop"].flatMap((name) => [`remdm-${name}:0.2`, `remdm-${name}:0.5`]),
];

export const samplersOf = (asked: readonly string[]): string[] => [
  ...new Set(asked.flatMap((one) => (one === "fair" ? fairSamplers : [one]))),
];

/** A threshold stops when all is revealed: it has all the steps there are, and chooses its evaluations. */
export function samplerStepsOf(
  { o, subjects }: Pick<ReportPlan, "o" | "subjects">,
  sampler: string,
): readonly number[] {
  const length = subjects[0]?.subject.checkpoint.model.length ?? 0;
  return parseSampler(sampler).name === "threshold" ? [length] : o.samplerSteps;
}

/** Whether samplers are set side by side on this model. */
export function samplesBeside({ o }: ReportPlan, { checkpoint }: Subject): boolean {
  const wanted = o.only.includes("samplers") && o.samplers.length > 0;
  return wanted && (o.samplerRounds?.includes(checkpoint.round) ?? true);
}

/** The flags of sets that had flags of their own before there was `--set`. */
const named: Readonly<Record<string, (o: ReportFlags) => string | undefined>> = {
  wikitext2: (o) => o.wikitext2,
  ptb: (o) => o.ptb,
  "arc-easy": (o) => o.arcEasy,
  "arc-challenge": (o) => o.arcChallenge,
  hellaswag: (o) => o.hellaswag,
  piqa: (o) => o.piqa,
  winogrande: (o) => o.winogrande,
};

/** The sets that are asked for, with their files. Throws   UserError for a name that no set has */
function setFiles(o: ReportFlags, sets: readonly DataSet[]): { readonly set: DataSet; readonly path: string }[] {
  const own = Object.entries(named).flatMap(([name, of]) => [[name, of(o)] as const]);
  const given = o.set.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)] as const);
  return [...own, ...given].flatMap(([name, path]) => {
    if (path === undefined) return [];
    const set = sets.find((one) => one.name === name);
    if (set) return [{ set, path }];
    const rule = `--set must name a set: ${sets.map((one) => one.name).join(", ")}`;
    throw userError("report", rule, name, "Give NAME=FILE, or a set of your own by --metrics.");
  });
}

type PartItem = Pick<LabelledItem, "part" | "item">;

/** What every model is asked: last words, and sets of data; files are read once. */
async function setsOf({ o, known }: ReportPlan): Promise<(asked: Asked, context: ItemContext) => Promise<PartItem[]>> {
  const { only, corpus, lambada, lambadaItems: items } = o;
  const passages = only.includes("last-word")
    ? [
        await passageSet({ source: "last-word", corpus, words: 40 }),
        ...(lambada ? [await passageSet({ source: lambada, corpus, words: 40, items })] : []),
      ]
    : [];
  const files = only.includes("sets") ? setFiles(o, known.sets) : [];
  return async (asked, context) => {
    const own: PartItem[] = passages.map((of) => {
      return { part: "last-word", item: setItem(context, of.set, openPassages(of, asked)) };
    });
    for (const { set, path } of files) {
      const opened = await set.open(path, asked, set.name === "piqa" ? o.piqaLabels : undefined);
      own.push({ part: "sets", item: setItem(context, set.name, opened) });
    }
    return own;
  };
}

function mauveItems(context: ItemContext, { o, judge, cellAt }: ReportPlan, prompts: Prompts | undefined): PartItem[] {
  if (!prompts) return [];
  return o.mauveSteps.map((steps) => {
    return { part: "mauve", item: continuationItem(context, judge, prompts, steps, cellAt(steps)) };
  });
}

/**
 * Held-out text and the baseline: their gen-PPL and figures at the frontiers' n, and the figures that depend on n also at as many
 * samples as the curve's tables have.
 */
async function levelItems(plan: ReportPlan, length: number): Promise<LabelledItem[]> {
  const { o, engine, subjects, tokenizer, judge, baseline, frontierSettings, measuresFor } = plan;
  if (!o.only.includes("levels")) return [];
  const { seed, sequences, root } = o;
  const [first] = subjects as unknown as readonly [Named];
  const levelsAt = async (n: number): Promise<[Level, Measures][]> => {
    const pieces = (await heldOutPieces(o.corpus, tokenizer, { length, most: n, joined: true })).map(({ ids }) => ids);
    const levels: [Level, Measures][] = [];
    if (pieces.length >= fewestForBootstrap)
      levels.push([textLevel("held-out text", pieces), measuresOf(first.subject)]);
    if (baseline) {
      const draws = { n, seed, sequences, root };
      levels.push([autoregressiveLevel(engine, baseline, tokenizer, draws), measuresFor(baseline)]);
    }
    return levels;
  };
  const labelled = (level: Level, item: ReportItem): LabelledItem => ({ label: level.name, part: "levels", item });
  const items = (await levelsAt(frontierSettings.samples)).flatMap(([level, measures]) => [
    labelled(level, levelItem({ tokenizer, seed }, judge, level)),
    labelled(level, levelFigureItem({ tokenizer, seed }, measures, level)),
  ]);
  const n = o.only.includes("curve") ? commonSamples(plan) : frontierSettings.samples;
  if (n === frontierSettings.samples) return items;
  const depending = ({ metrics, training }: Measures): Measures => {
    return { metrics: metrics.filter(({ figures }) => figures.some(({ dependsOnN }) => dependsOnN)), training };
  };
  const fewer = (await levelsAt(n)).map(([level, measures]) =>
    labelled(level, levelFigureItem({ tokenizer, seed }, depending(measures), level)),
  );
  return [...items, ...fewer];
}

/** What MAUVE gives held-out text and nonsense here: between them lies what it can say of models. */
function mauveLevelItems(plan: ReportPlan, prompts: Prompts | undefined): LabelledItem[] {
  if (!prompts) return [];
  const { tokenizer, judge, o } = plan;
  return mauveLevels(prompts, o.seed).map(([label, texts]) => {
    return { label, part: "mauve", item: mauveLevelItem({ tokenizer, seed: o.seed }, judge, prompts, label, texts) };
  });
}

/** The first model's: the others are of its size, and take as long. */
function latencyItems({ o, subjects, baseline }: ReportPlan, context: Omit<ItemContext, "checkpoint">): LabelledItem[] {
  const [first] = subjects;
  if (!o.only.includes("latency") || !first) return [];
  const request = { steps: o.steps, batch: o.latencyBatch, repeats: o.repeats };
  const item = latencyItem({ ...context, checkpoint: first.subject.checkpoint }, baseline, request);
  return [{ label: first.label, part: "latency", item }];
}

/** Does what several models share once. */
function memory(): Asked["once"] {
  const known = new Map<string, Promise<unknown>>();
  return <T>(key: string, make: () => Promise<T>) => {
    const one = known.get(key) ?? make();
    known.set(key, one);
    return one as Promise<T>;
  };
}

/** All items but curves and frontiers, those of one model together; files are read here, so bad ones are refused first. */
export async function itemsOf(plan: ReportPlan): Promise<LabelledItem[]> {
  const { o, engine, subjects, tokenizer, baseline } = plan;
  const { seed, times, sequences, corpus, promptTokens, continuations } = o;
  const common = { engine, ...plan.place, tokenizer, seed, sequences };
  const { length } = (subjects[0] as Named).subject.checkpoint.model;
  const asked = { corpus, prompts: o.prompts, promptTokens, continuations, length: Math.min(length, 2 * promptTokens) };
  const prompts = o.only.includes("mauve") ? await promptsOf(tokenizer, asked) : undefined;
  const [sets, once] = [await setsOf(plan), memory()];
  const setItems = (checkpoint: Checkpoint) => sets({ ...common, checkpoint, times, once }, { ...common, checkpoint });
  const items: LabelledItem[] = [];
  for (const { label, subject } of subjects) {
    const context = { ...common, checkpoint: subject.checkpoint };
    const own = [...mauveItems(context, plan, prompts), ...(await setItems(subject.checkpoint))];
    items.push(...own.map((one) => ({ label, ...one })));
  }
  const asBaseline = baseline ? await setItems(baseline) : [];
  const ofBaseline = asBaseline.map((one) => ({ label: "AR baseline", ...one }));
  items.push(...mauveLevelItems(plan, prompts));
  return [...items, ...ofBaseline, ...(await levelItems(plan, length)), ...latencyItems(plan, common)];
}

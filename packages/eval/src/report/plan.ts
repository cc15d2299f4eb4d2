/**
 * @file What a report consists of, before anything is measured: its parts, and the items of each model.
 */
import type { Engine, Tokenizer } from "@sdtt/core";
import { fewestForBootstrap } from "@sdtt/core/statistics";
import type { ReportOptions } from "../commands/report.js";
import { autoregressiveLevel, type Level, textLevel } from "../findings/levels.js";
import type { Judge } from "../judge/judge.js";
import type { FeatureScorer } from "../judge/scorer.js";
import type { Measures } from "../metrics/figures.js";
import { type PassageSet, passageSet } from "../metrics/lastWord/passages.js";
import { type ChoiceSet, choiceSets } from "../metrics/sets/choices.js";
import { type CutSet, cutSet, type TextSet, textSets } from "../metrics/sets/zeroShot.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { measuresOf } from "../samples/cellFigures.js";
import type { CellSettings, Subject } from "../samples/cellIdentity.js";
import { type Prompts, promptsOf } from "../samples/continuations.js";
import { heldOutPieces } from "../samples/heldOut.js";
import type { ItemsPlace } from "../shards/keptItems.js";
import {
  choiceItem,
  continuationItem,
  type ItemContext,
  latencyItem,
  levelFigureItem,
  levelItem,
  passageItem,
  type ReportItem,
  zeroShotItem,
} from "./items.js";

export const reportParts = [
  "curve",
  "samplers",
  "frontier",
  "mauve",
  "last-word",
  "sets",
  "levels",
  "latency",
] as const;

export interface ReportPlan {
  readonly o: ReportOptions;
  readonly name: string;
  readonly engine: Engine;
  /** Where samples and items are kept: the root, or a shard's own place. */
  readonly place: ItemsPlace;
  readonly subjects: readonly { readonly label: string; readonly subject: Subject }[];
  readonly tokenizer: Tokenizer;
  /** The one that every part asks. */
  readonly judge: Judge & FeatureScorer;
  /** Further ones of the curve. */
  readonly judges: readonly Judge[];
  readonly baseline: Checkpoint | undefined;
  readonly measuresFor: (checkpoint: Checkpoint) => Measures;
  readonly cellAt: (steps: number) => CellSettings;
  readonly frontierSettings: CellSettings;
  /** Of samplers side by side, and of the temperatures that they are held against. */
  readonly samplerSettings: CellSettings;
}

/** The smallest number of samples of the curve's cells. */
export const commonSamples = ({ o, cellAt }: Pick<ReportPlan, "o" | "cellAt">): number =>
  Math.min(...o.steps.map((steps) => cellAt(steps).samples));

/** Whether samplers are set side by side on this model. */
export function samplesBeside({ o }: ReportPlan, { checkpoint }: Subject): boolean {
  const wanted = o.only.includes("samplers") && o.samplers.length > 0;
  return wanted && (o.samplerRounds?.includes(checkpoint.round) ?? true);
}

export interface LabelledItem {
  readonly label: string;
  readonly part: (typeof reportParts)[number];
  readonly item: ReportItem;
}

const choiceFiles: Readonly<Record<ChoiceSet, (o: ReportOptions) => string | undefined>> = {
  "arc-easy": (o) => o.arcEasy,
  "arc-challenge": (o) => o.arcChallenge,
  hellaswag: (o) => o.hellaswag,
  piqa: (o) => o.piqa,
  winogrande: (o) => o.winogrande,
};

type CutText = (set: TextSet, path: string, length: number) => Promise<CutSet>;

/** Each file is read and tokenised once for all models of one length. */
function cutter(tokenizer: Tokenizer): CutText {
  const known = new Map<string, Promise<CutSet>>();
  return (set, path, length) => {
    const key = `${set} ${length} ${path}`;
    const one = known.get(key) ?? cutSet(set, path, tokenizer, length);
    known.set(key, one);
    return one;
  };
}

type PartItem = Pick<LabelledItem, "part" | "item">;

/** Last words and sets that denoisers and the baseline are both asked. */
async function setItems(
  context: ItemContext,
  o: ReportOptions,
  cut: CutText,
  passages: readonly PassageSet[],
): Promise<PartItem[]> {
  const items = passages.map((of): PartItem => ({ part: "last-word", item: passageItem(context, of) }));
  if (!o.only.includes("sets")) return items;
  for (const set of Object.keys(textSets) as TextSet[]) {
    const path = o[set];
    if (!path) continue;
    const blocks = await cut(set, path, context.checkpoint.model.length);
    items.push({ part: "sets", item: zeroShotItem(context, set, blocks) });
  }
  for (const set of Object.keys(choiceSets) as ChoiceSet[]) {
    const path = choiceFiles[set](o);
    const labels = set === "piqa" ? o.piqaLabels : undefined;
    if (path) items.push({ part: "sets", item: await choiceItem(context, set, path, labels) });
  }
  return items;
}

async function passagesOf({ only, corpus, lambada, lambadaItems: items }: ReportOptions): Promise<PassageSet[]> {
  if (!only.includes("last-word")) return [];
  const cut = await passageSet({ source: "last-word", corpus, words: 40 });
  return lambada ? [cut, await passageSet({ source: lambada, corpus, words: 40, items })] : [cut];
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
  const [first] = subjects as [ReportPlan["subjects"][number]];
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

/** The first model's: the others are of its size, and take as long. */
function latencyItems({ o, subjects, baseline }: ReportPlan, context: Omit<ItemContext, "checkpoint">): LabelledItem[] {
  const [first] = subjects;
  if (!o.only.includes("latency") || !first) return [];
  const request = { steps: o.steps, batch: o.latencyBatch, repeats: o.repeats };
  const item = latencyItem({ ...context, checkpoint: first.subject.checkpoint }, baseline, request);
  return [{ label: first.label, part: "latency", item }];
}

/** All items but curves and frontiers, those of one model together; files are read here, so bad ones are refused first. */
export async function itemsOf(plan: ReportPlan): Promise<LabelledItem[]> {
  const { o, engine, subjects, tokenizer, baseline } = plan;
  const { seed, times, sequences, corpus, promptTokens, continuations } = o;
  const common = { engine, ...plan.place, tokenizer, seed, times, sequences };
  const { length } = (subjects[0] as ReportPlan["subjects"][number]).subject.checkpoint.model;
  const asked = { corpus, prompts: o.prompts, promptTokens, continuations, length: Math.min(length, 2 * promptTokens) };
  const prompts = o.only.includes("mauve") ? await promptsOf(tokenizer, asked) : undefined;
  const [cut, passages] = [cutter(tokenizer), await passagesOf(o)];
  const items: LabelledItem[] = [];
  for (const { label, subject } of subjects) {
    const context = { ...common, checkpoint: subject.checkpoint };
    const own = [...mauveItems(context, plan, prompts), ...(await setItems(context, o, cut, passages))];
    items.push(...own.map((one) => ({ label, ...one })));
  }
  const asBaseline = baseline ? await setItems({ ...common, checkpoint: baseline }, o, cut, passages) : [];
  const sets = asBaseline.map((one) => ({ label: "AR baseline", ...one }));
  return [...items, ...sets, ...(await levelItems(plan, length)), ...latencyItems(plan, common)];
}

/**
 * @file What a report consists of, before anything is measured: its parts, and the items of each model.
 */
import type { Engine, Tokenizer } from "@sdtt/core";
import type { CellSettings, Subject } from "./cells.js";
import type { Checkpoint } from "./checkpoint.js";
import { type ChoiceSet, choiceSets } from "./choices.js";
import { promptsOf } from "./continuations.js";
import type { EvaluationRun } from "./evaluationRun.js";
import type { Judge } from "./judge.js";
import { passageSet } from "./lambada.js";
import { autoregressiveLevel, heldOutLevel } from "./levels.js";
import type { ReportOptions } from "./report.js";
import {
  choiceItem,
  continuationItem,
  type ItemContext,
  passageItem,
  type ReportItem,
  zeroShotItem,
} from "./reportItems.js";
import type { FeatureScorer } from "./scorer.js";
import { heldOutPieces } from "./warnings.js";
import { type CutSet, cutSet, type TextSet, textSets } from "./zeroShot.js";

export const reportParts = ["curve", "samplers", "frontier", "mauve", "last-word", "sets", "levels"] as const;

export interface ReportPlan {
  readonly o: ReportOptions;
  readonly name: string;
  readonly engine: Engine;
  readonly run: EvaluationRun;
  readonly subjects: readonly { readonly label: string; readonly subject: Subject }[];
  readonly tokenizer: Tokenizer;
  readonly judge: Judge & FeatureScorer;
  readonly baseline: Checkpoint | undefined;
  readonly cellAt: (steps: number) => CellSettings;
  readonly frontierSettings: CellSettings;
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

type CutText = (set: TextSet, path: string, length: number) => CutSet;

/** Each file is read and tokenised once for all models of one length. */
function cutter(tokenizer: Tokenizer): CutText {
  const known = new Map<string, CutSet>();
  return (set, path, length) => {
    const key = `${set} ${length} ${path}`;
    const one = known.get(key) ?? cutSet(set, path, tokenizer, length);
    known.set(key, one);
    return one;
  };
}

/** Sets that denoisers and the baseline are both asked. */
function setItems(
  context: ItemContext,
  o: ReportOptions,
  cut: CutText,
): { part: LabelledItem["part"]; item: ReportItem }[] {
  const items: { part: LabelledItem["part"]; item: ReportItem }[] = [];
  if (o.only.includes("last-word")) {
    const sources = ["last-word", ...(o.lambada ? [o.lambada] : [])];
    for (const source of sources) {
      const of = passageSet({ source, corpus: o.corpus, words: 40, items: undefined });
      items.push({ part: "last-word", item: passageItem(context, of) });
    }
  }
  if (!o.only.includes("sets")) return items;
  for (const set of Object.keys(textSets) as TextSet[]) {
    const path = o[set];
    if (path)
      items.push({ part: "sets", item: zeroShotItem(context, set, cut(set, path, context.checkpoint.model.length)) });
  }
  for (const set of Object.keys(choiceSets) as ChoiceSet[]) {
    const path = choiceFiles[set](o);
    const labels = set === "piqa" ? o.piqaLabels : undefined;
    if (path) items.push({ part: "sets", item: choiceItem(context, set, path, labels) });
  }
  return items;
}

/** All items but curves and frontiers, those of one model together; files are read here, so bad ones are refused first. */
export function itemsOf(plan: ReportPlan): LabelledItem[] {
  const { o, engine, run, subjects, tokenizer, judge, baseline } = plan;
  const { seed, times, sequences, root } = o;
  const common = { engine, runId: run.runId, root, tokenizer, seed, times, sequences };
  const length = (subjects[0] as ReportPlan["subjects"][number]).subject.checkpoint.model.length;
  const cut = cutter(tokenizer);
  const items: LabelledItem[] = [];
  const { prompts: count, promptTokens, continuations } = o;
  const asked = {
    corpus: o.corpus,
    prompts: count,
    promptTokens,
    continuations,
    length: Math.min(length, 2 * promptTokens),
  };
  const prompts = o.only.includes("mauve") ? promptsOf(tokenizer, asked) : undefined;
  for (const { label, subject } of subjects) {
    const context = { ...common, checkpoint: subject.checkpoint };
    for (const steps of prompts ? o.mauveSteps : []) {
      const item = continuationItem(context, judge, prompts as NonNullable<typeof prompts>, steps, plan.cellAt(steps));
      items.push({ label, part: "mauve", item });
    }
    items.push(...setItems(context, o, cut).map((one) => ({ label, ...one })));
  }
  if (baseline) {
    const own = setItems({ ...common, checkpoint: baseline }, o, cut);
    items.push(...own.map((one) => ({ label: "AR baseline", ...one })));
  }
  if (!o.only.includes("levels")) return items;
  const pieces = heldOutPieces(o.corpus, tokenizer, { length, most: 256, joined: true });
  const add = (label: string, item: ReportItem) => items.push({ label, part: "levels", item });
  if (pieces.length >= 8) add("held-out text", heldOutLevel(common, judge, pieces));
  if (baseline) add("AR baseline", autoregressiveLevel(common, judge, baseline, 64));
  return items;
}

/** @file What a report is made of: its parts, the plan of one, and the store's rows that it finds. */
import type { Engine } from "@sdtt/core/engine";
import type { EvaluationIdentity, EvaluationRecord } from "@sdtt/core/store";
import type { Tokenizer } from "@sdtt/core/text";
import type { Judge } from "../judge/judge.js";
import type { FeatureScorer } from "../judge/scorer.js";
import type { Measures } from "../metrics/figures.js";
import type { Metrics } from "../metrics/registry.js";
import type { Checkpoint } from "../record/checkpoint.js";
import type { CellSettings, Subject } from "../samples/cellIdentity.js";
import type { ItemsPlace } from "../shards/keptItems.js";
import type { ReportItem } from "./items.js";
import type { ReportFlags, reportParts } from "./options.js";

export interface Named {
  readonly label: string;
  readonly subject: Subject;
}

export interface ReportPlan {
  readonly o: ReportFlags;
  readonly name: string;
  readonly engine: Engine;
  /** Where samples and items are kept: the root, or a shard's own place. */
  readonly place: ItemsPlace;
  readonly subjects: readonly Named[];
  /** What stands beside the students to say what of their gain is no distillation. */
  readonly controls: readonly Named[];
  readonly tokenizer: Tokenizer;
  /** The one that every part asks. */
  readonly judge: Judge & FeatureScorer;
  /** Further ones of the curve. */
  readonly judges: readonly Judge[];
  readonly baseline: Checkpoint | undefined;
  readonly measuresFor: (checkpoint: Checkpoint) => Measures;
  readonly known: Metrics;
  readonly cellAt: (steps: number) => CellSettings;
  readonly frontierSettings: CellSettings;
  /** Of samplers side by side, and of the temperatures that they are held against. */
  readonly samplerSettings: CellSettings;
}

export interface LabelledItem {
  readonly label: string;
  readonly part: (typeof reportParts)[number];
  readonly item: ReportItem;
}

/** The store's row of a figure; what was found is what the report's JSON lists. */
export type Found = (identity: EvaluationIdentity) => EvaluationRecord | undefined;

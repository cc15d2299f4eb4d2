/**
 * @file What a data set is: a value that reads a file and asks a model, and the rows that come of it.
 *
 * A set is one file, `NAME.set.ts` in this folder's `sets/` or a module named by `--metrics`, whose default export is a `DataSet`;
 * `--set=NAME=FILE` measures it. What its figures are made of is kept item by item, so that two models are compared on the
 * items that both were asked.
 */
import type { Engine } from "@sdtt/core/engine";
import { isCausal } from "@sdtt/core/model";
import type { Estimated } from "@sdtt/core/statistics";
import { type EvaluationIdentity, evaluationKey } from "@sdtt/core/store";
import type { Tokenizer } from "@sdtt/core/text";
import type { Checkpoint } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { type MeasuredRow, unseeded } from "../record/measured.js";
import { type ItemsPlace, keptItems } from "../shards/keptItems.js";
import { definitionOf, type FigureDeclaration } from "./contract.js";

export interface SetFigure extends FigureDeclaration {
  /** Found in one run of the network, without draws. */
  readonly onePass?: boolean;
}

/** A model that is asked, and how. */
export interface Asked {
  readonly engine: Engine;
  readonly checkpoint: Pick<Checkpoint, "model" | "tensors">;
  readonly tokenizer: Tokenizer;
  readonly seed: number;
  /** Rows of masks of a block of text, or of a word or answer of more than six tokens; left out: as the set usually takes. */
  readonly times?: number | undefined;
  readonly sequences: number;
  /** Does what several models share once. */
  once<T>(key: string, make: () => Promise<T>): Promise<T>;
}

/** A figure and what it is made of. */
export interface SetEstimate extends Estimated {
  readonly sums: ArrayLike<number>;
  readonly counts?: ArrayLike<number>;
}

/** Told how much is done, from 0 to 1. */
export type OnShare = (share: number) => void;

/** A set that was read for one model. Its rows are asked one by one, here or in shards; figures are of all of them. */
export interface OpenedSet<Score = unknown> {
  readonly figures: readonly SetFigure[];
  /** What its figures are held against. */
  readonly hash: string;
  /** What is the same for the same items in the same order. */
  readonly items: string;
  readonly n: number;
  /** The hash where masks are drawn, and how many; left out: none are. */
  readonly drawnHash?: string;
  /** What a reader of its figures must know. */
  readonly notes: readonly string[];
  /** What guessing would have of its shares. */
  readonly chance?: number;
  /** Passages, answers or blocks that are asked: at least one an item. */
  readonly rows: number;
  /** What is found of rows `from` and before `to`, as JSON can hold it; the same whatever rows are beside them. */
  score(from: number, to: number, onShare: OnShare): Promise<Score[]>;
  /** Figures from the scores of all rows, by their names. */
  estimate(scores: readonly Score[]): Readonly<Record<string, SetEstimate>>;
}

export interface DataSet {
  readonly needs: "dataset";
  /** As `--set` calls it. */
  readonly name: string;
  /** Of a model that reads from left to right, or of a denoiser, whose likelihoods are bounds. */
  figures(causal: boolean): readonly SetFigure[];
  /**
   * Reads a file; `labels` is one of answers, where the set has one.
   *
   * Throws   UserError with file and record for what is not of the set's format
   */
  // biome-ignore lint/suspicious/noExplicitAny: what a set finds of a row is its own business
  open(path: string, asked: Asked, labels?: string): Promise<OpenedSet<any>>;
}

/** What the figures of a model on a set are known by, before they are measured. */
export function setIdentities(
  { figures, hash, drawnHash, n }: Pick<OpenedSet, "figures" | "hash" | "drawnHash" | "n">,
  { hash: subjectHash }: Pick<Checkpoint, "hash">,
  seed: number,
): EvaluationIdentity[] {
  return figures.map((figure) => {
    const isDrawn = drawnHash !== undefined && !figure.onePass;
    const of = isDrawn ? { referenceHash: drawnHash, seed } : { referenceHash: hash, seed: unseeded };
    const known = { subjectHash, metric: figure.name, definition: definitionOf(figure), ...of, temperature: 1, n };
    return { ...known, ...(figure.onePass && { steps: 1 }) };
  });
}

/** Asks the model and gives the rows to be stored, with what they are made of; a shard asks its part and gives none. */
export async function measureSet<Score>(
  place: ItemsPlace,
  opened: OpenedSet<Score>,
  checkpoint: Checkpoint,
  { seed, runId }: { readonly seed: number; readonly runId: string },
  onShare: OnShare,
): Promise<MeasuredRow[]> {
  const { round, weights, control } = checkpoint;
  const started = performance.now();
  const identities = setIdentities(opened, checkpoint, seed);
  const ask = (from: number, to: number) => opened.score(from, to, onShare);
  const scores = await keptItems(place, { figures: identities.map(evaluationKey) }, opened.rows, ask);
  if (place.shard) return [];
  const found = opened.estimate(scores);
  const made = { runId, round, weights, control, dtype: precision, wallMs: performance.now() - started };
  return opened.figures.flatMap(({ name, onePass }, i): MeasuredRow[] => {
    const estimate = found[name];
    if (!estimate) return [];
    const { value, stderr, sums, counts } = estimate;
    const row = { ...(identities[i] as EvaluationIdentity), ...made, value, stderr, ...(onePass && { nfe: 1 }) };
    return [{ row, items: { items: opened.items, sums, ...(counts && { counts }) } }];
  });
}

export const asksCausally = ({ checkpoint }: Pick<Asked, "checkpoint">): boolean => isCausal(checkpoint.model);

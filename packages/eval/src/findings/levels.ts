/**
 * @file The levels that curves are read against: held-out text and the AR baseline, judged as samples are.
 *
 * They have no step count. Their other figures count as many texts as their gen-PPL does: those that depend on n may be
 * compared with those of as many samples only. The baseline's samples are kept as a denoiser's are, so that a metric which
 * comes later is measured on the same ones.
 */
import type { Engine } from "@sdtt/core/engine";
import { openDecoder, sampleAutoregressive } from "@sdtt/core/sampler";
import { type EvaluationIdentity, type EvaluationRow, evaluationKey, type Store } from "@sdtt/core/store";
import type { Tokenizer } from "@sdtt/core/text";
import type { Judge } from "../judge/judge.js";
import { definitionOf } from "../metrics/contract.js";
import { type Figure, figuresFor, type Measures, measureFigures, sampledTexts } from "../metrics/figures.js";
import { entropyBeside } from "../metrics/text/entropy.js";
import { definitionsFor, type GenPpl, genPpl } from "../metrics/text/genPpl.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { hashOf } from "../record/hash.js";
import { loadSet, saveSet, setPath } from "../samples/sampleSet.js";

export interface Level {
  readonly name: string;
  /** Of the texts, or of the model that writes them. */
  readonly hash: string;
  /** Tokens of a text. */
  readonly length: number;
  /** Texts. */
  readonly n: number;
  draw(onToken?: () => void): Promise<readonly Int32Array[]>;
  /** The texts without drawing any; undefined where they are not kept. */
  kept(): readonly Int32Array[] | undefined;
}

/** Given texts, all of which count. */
export function textLevel(name: string, ids: readonly Int32Array[]): Level {
  const hash = hashOf(JSON.stringify(ids.map((one) => [...one])));
  return { name, hash, length: ids[0]?.length ?? 0, n: ids.length, draw: async () => ids, kept: () => ids };
}

interface BaselineDraws {
  readonly n: number;
  readonly seed: number;
  readonly sequences: number;
  readonly root: string;
}

/** Samples of a model that reads from left to right, each begun by end-of-text; kept beside those of denoisers. */
export function autoregressiveLevel(
  engine: Engine,
  { model, tensors, hash }: Checkpoint,
  { endOfText: start }: Tokenizer,
  { n, seed, sequences, root }: BaselineDraws,
): Level {
  const { length } = model;
  const identity = { checkpointHash: hash, length, steps: length - 1, schedule: "autoregressive" };
  const path = setPath(root, identity, { samples: n, sequences, seed, temperature: 1 });
  const kept = () => {
    const { ids } = loadSet(path);
    return ids.length < n ? undefined : ids.slice(0, n);
  };
  const draw = async (onToken = () => {}) => {
    const have = loadSet(path);
    if (have.ids.length >= n) return have.ids.slice(0, n);
    const network = openDecoder(engine, model, tensors);
    const ids = [...have.ids];
    const started = performance.now() - have.wallMs;
    for (let first = ids.length; first < n; first += sequences) {
      const batch = Math.min(sequences, n - first);
      const drawn = await sampleAutoregressive(network, { batch, start, seed, first, onStep: onToken });
      for (let row = 0; row < batch; row++) ids.push(drawn.slice(row * length, (row + 1) * length));
    }
    network.dispose();
    const revealSteps = ids.map(() => Int32Array.from({ length }, (_, i) => i));
    saveSet(path, {
      ids,
      revealSteps,
      nfe: ids.map(() => length - 1),
      wallMs: Math.round(performance.now() - started),
    });
    return ids;
  };
  return { name: "AR baseline", hash, length, n, draw, kept };
}

interface Judging {
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
  readonly seed: number;
}

/** What gen-PPL's rows of a level are known by. */
export function levelIdentities({ hash, length, n }: Level, { tokenizer, judge, seed }: Judging): EvaluationIdentity[] {
  const common = { subjectHash: hash, referenceHash: judge.hash, metric: "gen-ppl", seed, temperature: 1, n };
  return definitionsFor({ tokenizer, length }, judge).map((definition) => ({ ...common, definition }));
}

/** What the rows of its other figures are known by. */
function levelFigureIdentity({ hash, n }: Level, { declared, against }: Figure, seed: number): EvaluationIdentity {
  const of = { subjectHash: hash, metric: declared.name, definition: definitionOf(declared) };
  return { ...of, ...(against !== undefined && { referenceHash: against }), seed, temperature: 1, n };
}

export const levelFigureIdentities = (level: Level, measures: Measures, seed: number): EvaluationIdentity[] =>
  figuresFor(measures).map((figure) => levelFigureIdentity(level, figure, seed));

export interface JudgedLevel {
  readonly ids: readonly Int32Array[];
  readonly judged: readonly { readonly row: EvaluationRow; readonly found: GenPpl }[];
}

type Recorded = Pick<EvaluationRow, "runId" | "weights">;

/** Draws a level's texts and judges them by every definition that applies. */
export async function judgeLevel(
  level: Level,
  judging: Judging,
  of: Recorded,
  onToken?: () => void,
): Promise<JudgedLevel> {
  const { tokenizer, judge } = judging;
  const started = performance.now();
  const ids = await level.draw(onToken);
  const made = { ...of, round: 0, dtype: precision, wallMs: performance.now() - started };
  const judged = [];
  for (const identity of levelIdentities(level, judging)) {
    const found = await genPpl(identity.definition as GenPpl["definition"], ids, tokenizer, judge);
    const { value, stderr } = found;
    judged.push({
      row: { ...identity, ...made, value, stderr, ...entropyBeside(ids, found.scores) },
      found,
    });
  }
  return { ids, judged };
}

/** The figures of a level that the store lacks, from its texts as far as they are kept. */
export async function levelFigures(
  store: Store,
  level: Level,
  measures: Measures,
  { tokenizer, seed }: Pick<Judging, "tokenizer" | "seed">,
  of: Recorded,
): Promise<EvaluationRow[]> {
  const lacking = figuresFor(measures)
    .map((figure) => ({ name: figure.declared.name, identity: levelFigureIdentity(level, figure, seed) }))
    .filter(({ identity }) => store.evaluation(evaluationKey(identity)) === undefined);
  const ids = lacking.length > 0 ? level.kept() : undefined;
  if (!ids) return [];
  const names = new Set(lacking.map(({ name }) => name));
  const given = { samples: sampledTexts(ids, tokenizer), tokenizer };
  const found = await measureFigures(measures, given, ({ name }) => names.has(name));
  return lacking.flatMap(({ name, identity }): EvaluationRow[] => {
    const estimate = found.get(name);
    return estimate ? [{ ...identity, ...of, round: 0, dtype: precision, ...estimate }] : [];
  });
}

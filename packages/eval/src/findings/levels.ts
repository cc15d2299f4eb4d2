/**
 * @file The levels that curves are read against: held-out text and the AR baseline, judged as samples are.
 *
 * They have no step count. Their other figures count as many texts as their gen-PPL does: distinct n-grams and self-BLEU
 * may be compared with those of as many samples only.
 */
import { type Engine, openDecoder, sampleAutoregressive, type Tokenizer } from "@sdtt/core";
import type { EvaluationIdentity, EvaluationRow } from "@sdtt/core/store";
import type { Judge } from "../judge/judge.js";
import { diversityOf, type FigureName, figures, judgelessFigures, sampledTexts } from "../metrics/text/diversity.js";
import { entropyBeside } from "../metrics/text/entropy.js";
import { definitionsFor, type GenPpl, genPpl } from "../metrics/text/genPpl.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { hashOf } from "../record/hash.js";

export interface Level {
  readonly name: string;
  /** Of the texts, or of the model that writes them. */
  readonly hash: string;
  /** Tokens of a text. */
  readonly length: number;
  /** Texts. */
  readonly n: number;
  draw(onToken?: () => void): Promise<readonly Int32Array[]>;
}

/** Given texts, all of which count. */
export function textLevel(name: string, ids: readonly Int32Array[]): Level {
  const hash = hashOf(JSON.stringify(ids.map((one) => [...one])));
  return { name, hash, length: ids[0]?.length ?? 0, n: ids.length, draw: async () => ids };
}

/** Samples of a model that reads from left to right, each begun by end-of-text. */
export function autoregressiveLevel(
  engine: Engine,
  { model, tensors, hash }: Checkpoint,
  { endOfText: start }: Tokenizer,
  { n, seed, sequences }: { readonly n: number; readonly seed: number; readonly sequences: number },
): Level {
  const { length } = model;
  const draw = async (onToken = () => {}) => {
    const network = openDecoder(engine, model, tensors);
    const rows: Int32Array[] = [];
    for (let first = 0; first < n; first += sequences) {
      const batch = Math.min(sequences, n - first);
      const ids = await sampleAutoregressive(network, { batch, start, seed, first, onStep: onToken });
      for (let row = 0; row < batch; row++) rows.push(ids.slice(row * length, (row + 1) * length));
    }
    network.dispose();
    return rows;
  };
  return { name: "AR baseline", hash, length, n, draw };
}

interface Judging {
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
  readonly seed: number;
}

/** What gen-PPL's rows of a level are known by. */
export function levelIdentities({ hash, length, n }: Level, { tokenizer, judge, seed }: Judging): EvaluationIdentity[] {
  const common = { checkpointHash: hash, judgeHash: judge.hash, metric: "gen-ppl", seed, temperature: 1, n };
  return definitionsFor({ tokenizer, length }, judge).map((definition) => ({ ...common, definition }));
}

/** What the rows of its other figures are known by. */
export function levelFigureIdentities({ hash, n }: Level, seed: number): EvaluationIdentity[] {
  const common = { checkpointHash: hash, seed, temperature: 1, n };
  return judgelessFigures.map((metric) => ({ ...common, metric, definition: figures[metric].definition }));
}

export interface JudgedLevel {
  readonly ids: readonly Int32Array[];
  readonly judged: readonly { readonly row: EvaluationRow; readonly found: GenPpl }[];
  readonly figures: readonly EvaluationRow[];
}

/** Draws a level's texts and judges them by every definition that applies. */
export async function judgeLevel(
  level: Level,
  judging: Judging,
  of: Pick<EvaluationRow, "runId" | "weights">,
  onToken?: () => void,
): Promise<JudgedLevel> {
  const { tokenizer, judge, seed } = judging;
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
  const diversity = diversityOf(sampledTexts(ids, tokenizer), tokenizer.endOfText);
  const others = levelFigureIdentities(level, seed).map((identity) => {
    return { ...identity, ...made, ...diversity[identity.metric as FigureName] };
  });
  return { ids, judged, figures: others };
}

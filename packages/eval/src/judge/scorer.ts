/**
 * @file Negative log-likelihoods of whole texts under a causal network.
 *
 * Programs have static shapes, so texts are sorted by length, put into batches, and padded on the right to one of four
 * lengths. The network looks backwards only: what stands to the right of a token cannot change its likelihood. Where
 * one text alone has many logits (1024 tokens of GPT-2: 206 MB), the head does a chunk of its positions at a time.
 */
import { int32, type TensorMap, userError } from "@sdtt/core/base";
import { nllAt } from "@sdtt/core/diffusion";
import type { Engine, Program } from "@sdtt/core/engine";
import { hiddenAt, type ModelConfig, modelParameters, type TensorsByName } from "@sdtt/core/model";
import { specsOf } from "@sdtt/core/nn";
import { headChunkFor } from "@sdtt/core/optim";

export interface Scorer {
  /** Longest text, in tokens. */
  readonly length: number;
  /**
   * −ln p(token | those before it) of every token but the first.
   *
   * Shapes   n texts of Lᵢ ids → n × [Lᵢ − 1] (nothing for a text of one token or none), nats
   * Holds    a text's figures do not depend on the texts beside it
   */
  score(texts: readonly Int32Array[], onScored?: (texts: number) => void): Promise<Float32Array[]>;
  dispose(): void;
}

/** A scorer that also gives features, for MAUVE. */
export interface FeatureScorer extends Scorer {
  /**
   * The last hidden state (after the last norm) at the last token of each text.
   *
   * Shapes   n texts of Lᵢ ≥ 1 ids → n × [D]
   */
  features(texts: readonly Int32Array[]): Promise<Float32Array[]>;
}

const mostRows = 16;
/** Logits of one batch: 128 MiB. */
const mostLogits = 2 ** 25;

/** The four lengths that programs are compiled for: quarters of the longest. */
function bucketOf(length: number, longest: number): number {
  return Math.min(longest, Math.ceil(length / Math.ceil(longest / 4)) * Math.ceil(longest / 4));
}

/** Rows of a batch whose logits fit into memory. */
function rowsFor(bucket: number, vocabSize: number): number {
  return Math.max(1, Math.min(mostRows, Math.floor(mostLogits / (bucket * vocabSize))));
}

async function compile(engine: Engine, model: ModelConfig, rows: number, length: number, shareStateOf?: Program) {
  const scored = rows * (length - 1);
  const int = (...shape: number[]) => ({ shape, dtype: "int32" as const });
  const signature = {
    name: `scorer[${rows}×${length}]`,
    inputs: { ids: int(rows, length), positions: int(scored), targets: int(scored) },
    state: specsOf(modelParameters(model)),
  };
  const nll = nllAt(model, headChunkFor(model.vocabSize, scored));
  return engine.compile((given: TensorsByName) => ({ nll: nll(given, given) }), signature, { shareStateOf });
}

async function compileFeatures(
  engine: Engine,
  model: ModelConfig,
  rows: number,
  length: number,
  shareStateOf?: Program,
) {
  const int = (...shape: number[]) => ({ shape, dtype: "int32" as const });
  const signature = {
    name: `features[${rows}×${length}]`,
    inputs: { ids: int(rows, length), positions: int(rows) },
    state: specsOf(modelParameters(model)),
  };
  const compute = ({ ids, positions, ...params }: TensorsByName) => {
    type Given = NonNullable<typeof ids>;
    return { hidden: hiddenAt(params, model, ids as Given, positions as Given) };
  };
  return engine.compile(compute, signature, { shareStateOf });
}

function batchInputs(texts: readonly Int32Array[], rows: number, length: number): TensorMap {
  const ids = new Int32Array(rows * length);
  const positions = new Int32Array(rows * (length - 1));
  const targets = new Int32Array(positions.length);
  texts.forEach((text, row) => {
    ids.set(text, row * length);
  });
  for (let i = 0; i < positions.length; i++) {
    const position = Math.floor(i / (length - 1)) * length + (i % (length - 1));
    positions[i] = position;
    targets[i] = ids[position + 1] as number;
  }
  return {
    ids: int32([rows, length], ids),
    positions: int32([positions.length], positions),
    targets: int32([targets.length], targets),
  };
}

function check(text: Int32Array, longest: number, vocabSize: number): void {
  if (text.length > longest) {
    throw userError("judge", `a text must be at most ${longest} tokens`, text.length, "Cut it, or take another judge.");
  }
  const foreign = text.find((id) => id < 0 || id >= vocabSize);
  if (foreign !== undefined) {
    throw userError("judge", `ids must be below ${vocabSize}`, foreign, "Use the judge's own tokenizer.");
  }
}

/** The program of a shape, compiled when it is first needed. */
type ProgramFor = (rows: number, length: number, what: "nll" | "hidden") => Promise<Program>;

type Size = Pick<ModelConfig, "length" | "vocabSize" | "width">;

/** Indices of texts, the longest first. */
function longestFirst(texts: readonly Int32Array[]): number[] {
  const lengthOf = (i: number) => (texts[i] as Int32Array).length;
  return [...texts.keys()].sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
}

async function scoreTexts(
  programFor: ProgramFor,
  { length, vocabSize }: Size,
  texts: readonly Int32Array[],
  onScored: (texts: number) => void,
): Promise<Float32Array[]> {
  const scores = texts.map(() => new Float32Array(0));
  const order = longestFirst(texts).filter((i) => (texts[i] as Int32Array).length > 1);
  for (let done = 0; done < order.length; ) {
    const bucket = bucketOf((texts[order[done] as number] as Int32Array).length, length);
    const rows = rowsFor(bucket, vocabSize);
    const chosen = order.slice(done, done + rows);
    const batch = chosen.map((i) => texts[i] as Int32Array);
    const outputs = await (await programFor(rows, bucket, "nll")).run(batchInputs(batch, rows, bucket));
    const all = outputs.nll?.data as Float32Array;
    chosen.forEach((i, row) => {
      const from = row * (bucket - 1);
      scores[i] = all.slice(from, from + (texts[i] as Int32Array).length - 1);
    });
    done += chosen.length;
    onScored(done);
  }
  return scores;
}

async function featuresOf(
  programFor: ProgramFor,
  { length, width }: Size,
  texts: readonly Int32Array[],
): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  const order = longestFirst(texts);
  for (let done = 0; done < order.length; done += mostRows) {
    const chosen = order.slice(done, done + mostRows);
    const bucket = bucketOf((texts[chosen[0] as number] as Int32Array).length, length);
    const ids = new Int32Array(mostRows * bucket);
    const positions = new Int32Array(mostRows);
    chosen.forEach((i, row) => {
      ids.set(texts[i] as Int32Array, row * bucket);
      positions[row] = row * bucket + (texts[i] as Int32Array).length - 1;
    });
    const inputs = { ids: int32([mostRows, bucket], ids), positions: int32([mostRows], positions) };
    const outputs = await (await programFor(mostRows, bucket, "hidden")).run(inputs);
    const hidden = outputs.hidden?.data as Float32Array;
    chosen.forEach((i, row) => {
      found[i] = hidden.slice(row * width, (row + 1) * width);
    });
  }
  return found;
}

/** Opens a scorer; all programs share the weights. */
export function openScorer(engine: Engine, model: ModelConfig, weights: TensorMap): FeatureScorer {
  const programs = new Map<string, Program>();
  const programFor: ProgramFor = async (rows, length, what) => {
    const key = `${what} ${rows}×${length}`;
    const known = programs.get(key);
    if (known) return known;
    const first = programs.values().next().value;
    const program = await (what === "nll" ? compile : compileFeatures)(engine, model, rows, length, first);
    if (!first) program.load(weights, { adopt: true });
    programs.set(key, program);
    return program;
  };
  const checked = (texts: readonly Int32Array[]) => {
    for (const text of texts) check(text, model.length, model.vocabSize);
    return texts;
  };
  return {
    length: model.length,
    score: async (texts, onScored = () => {}) => scoreTexts(programFor, model, checked(texts), onScored),
    features: async (texts) => featuresOf(programFor, model, checked(texts)),
    dispose() {
      for (const program of programs.values()) program.dispose();
      programs.clear();
    },
  };
}

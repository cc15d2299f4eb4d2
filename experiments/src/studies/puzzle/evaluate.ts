/**
 * @file A model's figures as rows of the store: how far it is from the perfect teacher, and what its samplers draw.
 *
 * A row that is there is not measured again.
 */
import { randomStream } from "@sdtt/core/base";
import { maskedPositions } from "@sdtt/core/diffusion";
import { type Denoiser, logSumExp, parseSampler } from "@sdtt/core/sampler";
import type { DefinitionRow, EvaluationRow, Store } from "@sdtt/core/store";
import { noteCode, openStore, recorded } from "@sdtt/core/store";
import { codeState, machineOf, storePath } from "@sdtt/core/workspace";
import { maskBatch } from "@sdtt/distill/training";
import { drawSamples } from "@sdtt/eval/samples";
import { worldEntropy } from "../world.js";
import { drawCoupled } from "./coupling.js";
import { isEnumerated, modelCells } from "./exact.js";
import { type Context, denoiserOf, experimentOf, type Model } from "./models.js";
import type { Puzzle } from "./squares.js";
import { tallyOf } from "./tally.js";

const usual = { scale: "linear", errorOver: "samples", dependsOnN: false } as const;

/** What the rows are. Validity and coverage have the entropy of the law of valid rows beside them. */
export const definitions = {
  validity: {
    ...{ ...usual, metric: "puzzle-validity", definition: "puzzle-validity@1", unit: "share", better: "higher" },
    what: "share of sampled rows that solve the puzzle",
  },
  coverage: {
    ...{ ...usual, metric: "puzzle-coverage", definition: "puzzle-coverage@1", unit: "share", better: "higher" },
    ...{ what: "different solutions among the samples, of all solutions", dependsOnN: true },
  },
  excess: {
    ...{ ...usual, metric: "puzzle-excess-nelbo", definition: "puzzle-excess-nelbo@1", unit: "nats", better: "lower" },
    what: "NELBO a token above the perfect teacher's, which is the solutions' entropy",
  },
  exact: {
    ...{
      ...usual,
      metric: "puzzle-exact-validity",
      definition: "puzzle-exact-validity@1",
      unit: "share",
      better: "higher",
    },
    what: "chance of a row that solves the puzzle, summed over all solutions, without sampling",
  },
} as const satisfies Record<string, DefinitionRow>;

/** Rows at once. */
const sequences = 256;

/** NELBO − entropy, nats a token, over `rows` rows that are masked by count. */
async function excessOf(puzzle: Puzzle, denoiser: Denoiser, seed: number, rows: number) {
  const { length } = puzzle;
  const { vocabSize: V, maskId } = denoiser;
  const values: number[] = [];
  for (let first = 0; first < rows; first += sequences) {
    const random = randomStream(seed, "puzzle", "nelbo", first);
    const count = Math.min(sequences, rows - first);
    const x0 = Int32Array.from(
      Array.from({ length: count }, () => puzzle.rows[random.integer(puzzle.rows.length)] as Uint8Array).flatMap(
        (row) => [...row],
      ),
    );
    const { xt, rowWeights } = maskBatch(random, x0, length, maskId, { name: "count", complementary: false });
    const masked = maskedPositions(xt, maskId);
    const logits = await denoiser.logits(xt, count, masked);
    const sums = new Float64Array(count);
    masked.forEach((position, n) => {
      const row = Math.floor(position / length);
      const nll = logSumExp(logits, n * V, V) - (logits[n * V + (x0[position] as number)] as number);
      sums[row] = (sums[row] as number) + nll * (rowWeights[row] as number) * count;
    });
    values.push(...sums);
  }
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  return { value: mean - worldEntropy(puzzle) / length, stderr: Math.sqrt(variance / values.length) };
}

const error = (share: number, n: number) => Math.sqrt((share * (1 - share)) / n);

interface Subject {
  readonly context: Context;
  readonly puzzle: Puzzle;
  readonly model: Model;
  readonly store: Store;
  readonly runId: string;
}

/** The columns that all rows of a model have. */
function common({ model, runId }: Subject) {
  const { round, seed, hash } = model;
  const weights = "ema" as const;
  return { runId, round, seed, subjectHash: hash, weights, temperature: 1, dtype: "float32, drawn in float64" };
}

/** A student that learned with its noise told has no law without it, and no sampler but its own. */
const toldNoise = ({ context, model }: Subject) => context.o.objective === "coupling" && model.round > 0;

async function samplerRows(
  subject: Subject,
  denoiser: Denoiser,
  sampler: string,
  steps: number,
): Promise<EvaluationRow[]> {
  const { puzzle, model, context } = subject;
  const { samples } = context.o;
  const settings = { samples, sequences, seed: model.seed, temperature: 1, sampler };
  const set = toldNoise(subject)
    ? { ids: await drawCoupled(denoiser, puzzle, context.o.bins, steps, settings), nfe: undefined, wallMs: 0 }
    : await drawSamples(denoiser, steps, settings);
  const { valid, distinct, entropy } = tallyOf(puzzle, set.ids);
  const nfe = set.nfe ? set.nfe.reduce((sum, one) => sum + one, 0) / samples : steps;
  const row = { ...common(subject), steps, nfe, n: samples, sampler, entropy, wallMs: set.wallMs };
  const validity = { value: valid / samples, stderr: error(valid / samples, samples) };
  return [
    { ...row, ...validity, metric: definitions.validity.metric, definition: definitions.validity.definition },
    {
      ...row,
      value: distinct / puzzle.rows.length,
      metric: definitions.coverage.metric,
      definition: definitions.coverage.definition,
    },
  ];
}

/** What is missing of a model, one piece of work after the other. */
async function measure(subject: Subject, denoiser: Denoiser): Promise<void> {
  const { store, puzzle, model, context } = subject;
  const { o } = context;
  const have = store.evaluations({ subjectHash: model.hash, sampler: "any" });
  const isKnown = (definition: string, steps: number | null, sampler: string | null, n: number) =>
    have.some((e) => e.definition === definition && e.steps === steps && e.sampler === sampler && e.n === n);
  const { excess, exact, coverage } = definitions;
  if (!toldNoise(subject) && !isKnown(excess.definition, null, null, o.samples)) {
    const figure = await excessOf(puzzle, denoiser, model.seed, o.samples);
    store.saveEvaluation({
      ...common(subject),
      ...figure,
      metric: excess.metric,
      definition: excess.definition,
      n: o.samples,
    });
  }
  const names = toldNoise(subject) ? ["ancestral"] : o.samplers;
  for (const sampler of names.map((name) => parseSampler(name).written)) {
    for (const steps of o.steps) {
      if (isKnown(coverage.definition, steps, sampler === "ancestral" ? null : sampler, o.samples)) continue;
      for (const row of await samplerRows(subject, denoiser, sampler, steps)) store.saveEvaluation(row);
    }
  }
  const missing = o.steps.filter((steps) => !isKnown(exact.definition, steps, null, 1));
  if (toldNoise(subject) || !isEnumerated(puzzle) || missing.length === 0) return;
  for (const { numSteps, validity, entropy } of await modelCells(puzzle, denoiser, missing)) {
    const row = { ...common(subject), steps: numSteps, n: 1, value: validity, entropy };
    store.saveEvaluation({ ...row, metric: exact.metric, definition: exact.definition });
  }
}

/** Measures a model where the store lacks a figure of it. */
export async function evaluateModel(context: Context, puzzle: Puzzle, model: Model): Promise<void> {
  const { o, engine, configHash, command } = context;
  const store = openStore(storePath(o.root));
  const runId = `${model.run}/puzzle-${model.hash.slice(0, 12)}`;
  const code = codeState(undefined, [o.root]);
  const { run: name, round, seed } = model;
  store.startRun({
    ...{ id: runId, name, experiment: experimentOf(puzzle), stage: "puzzle", round, seed, configHash, command },
    config: { puzzle: puzzle.name, samples: o.samples },
    ...{ commit: code.commit, dirty: code.dirty, engine: engine.description, machine: machineOf() },
  });
  noteCode(store, runId, code);
  store.saveDefinitions(Object.values(definitions));
  const denoiser = denoiserOf(engine, puzzle, model);
  await recorded(store, runId, () => measure({ context, puzzle, model, store, runId }, denoiser)).finally(() =>
    denoiser.dispose(),
  );
}

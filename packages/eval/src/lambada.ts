/**
 * @file `lambada`: how often the last word of a passage is guessed, and how likely it is.
 *
 * Perplexity is exp of the mean NLL of whole words, as the field reports it: per word, not per token.
 */
import { createHash } from "node:crypto";
import {
  alignTable,
  assetPath,
  canonicalJson,
  defineCommand,
  dryRunFlags,
  type Engine,
  engineFlags,
  openDenoiser,
  openEngine,
  plannedSize,
  printPlan,
  randomStream,
  startProgress,
} from "@sdtt/core";
import type { EvaluationRow } from "@sdtt/core/store";
import { z } from "zod";
import { type Checkpoint, isCausal, openCheckpoint, tokenizerOf } from "./checkpoint.js";
import { lambadaPlan } from "./dryRun.js";
import { evaluatedFlags, openEvaluationRun, precision } from "./evaluationRun.js";
import { lambadaPassages, lastWordPassages, type Passage, spread } from "./lastWord.js";
import { type Estimated, expOf, meanWithStderr, shareWithStderr } from "./statistics.js";
import { drawMasks, type Item, itemOf, type SuffixScore, scoreCausal, scoreDenoised } from "./suffix.js";
import { formatEstimate } from "./table.js";

const options = z.object({
  ...evaluatedFlags,
  source: z.string().default("last-word").describe("last-word (cut from held-out documents) or LAMBADA's .jsonl file"),
  corpus: z.string().default("embedded").describe("text whose held-out documents last-word is cut from"),
  words: z.int().min(2).default(40).describe("words of a last-word passage"),
  items: z.int().min(2).optional().describe("passages, spread over all; default: all"),
  times: z.int().positive().default(8).describe("time samples of a denoiser's likelihood bound"),
  sequences: z.int().positive().default(16).describe("sequences at once; changes no figure"),
  seed: z.int().nonnegative().default(1).describe("seed of the time samples"),
  ...engineFlags,
  ...plannedSize,
  ...dryRunFlags,
});

type Options = z.output<typeof options>;
type ScoreOptions = Pick<Options, "sequences" | "seed" | "times">;

/** Indices of items by length, so that a network that looks both ways needs no padding. */
function byLength(items: readonly Item[]): number[][] {
  const groups: Record<number, number[]> = {};
  items.forEach(({ ids }, i) => {
    groups[ids.length] ??= [];
    groups[ids.length]?.push(i);
  });
  return Object.values(groups);
}

/** The score of each item, in order; one network a length is open at a time. */
export async function scoreItems(
  engine: Engine,
  { model, tensors }: Pick<Checkpoint, "model" | "tensors">,
  items: readonly Item[],
  { sequences, seed, times }: ScoreOptions,
  onScored: (items: number) => void = () => {},
): Promise<SuffixScore[]> {
  if (isCausal(model)) {
    const network = openDenoiser(engine, model, tensors);
    return scoreCausal(network, items, sequences).finally(() => network.dispose());
  }
  const scores: SuffixScore[] = [];
  let done = 0;
  for (const indices of byLength(items)) {
    const network = openDenoiser(engine, model, tensors);
    const group = indices.map((i) => {
      const item = items[i] as Item;
      return { item, masks: drawMasks(item, randomStream(seed, "last-word", i), times) };
    });
    const found = await scoreDenoised(network, group, sequences).finally(() => network.dispose());
    indices.forEach((i, k) => {
      scores[i] = found[k] as SuffixScore;
    });
    done += indices.length;
    onScored(done);
  }
  return scores;
}

/** `last-word` at version 1 put end-of-text after the word, as LAMBADA does. */
const definitionOf = (metric: string): string => `${metric}@${metric.startsWith("last-word") ? 2 : 1}`;

interface Figure {
  readonly metric: string;
  readonly estimate: Estimated;
  readonly onePass: boolean;
}

/** Accuracy and perplexity; a denoiser's is a bound and says so in its name. */
export function figuresOf(set: "lambada" | "last-word", scores: readonly SuffixScore[], causal: boolean): Figure[] {
  const accuracy = shareWithStderr(scores.filter(({ correct }) => correct).length, scores.length);
  const perplexity = expOf(meanWithStderr(scores.map(({ nll }) => nll)));
  return [
    { metric: `${set}-accuracy`, estimate: accuracy, onePass: !causal },
    { metric: `${set}-ppl${causal ? "" : "-bound"}`, estimate: perplexity, onePass: false },
  ];
}

function passagesOf({ source, corpus, words, items }: Options): { set: "lambada" | "last-word"; passages: Passage[] } {
  const set = source === "last-word" ? "last-word" : "lambada";
  const all = set === "last-word" ? lastWordPassages(corpus, words) : lambadaPassages(source);
  return { set, passages: spread(all, items ?? all.length) };
}

export const lambada = defineCommand({
  name: "lambada",
  summary: "last-word accuracy and perplexity, on LAMBADA's file or on held-out passages",
  options,
  async run(o, context) {
    if (o.dryRun) return printPlan(lambadaPlan(o), o);
    const { set, passages } = passagesOf(o);
    const checkpoint = openCheckpoint(o.checkpoint ?? assetPath("teacher"), o.weights);
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const causal = isCausal(checkpoint.model);
    const closed = set === "lambada" && !causal;
    const items = passages.map((passage) => itemOf(passage, tokenizer, checkpoint.model.length, closed));
    const engine = await openEngine(o.engine, o);
    const run = openEvaluationRun({ stage: "lambada", ...o, checkpoint }, engine, context);
    let status: "done" | "failed" = "failed";
    try {
      const progress = startProgress({ label: `${set} ${checkpoint.run}`, total: items.length, unit: "items" });
      const started = performance.now();
      const scores = await scoreItems(engine, checkpoint, items, o, progress.update);
      const wallMs = performance.now() - started;
      progress.done();
      const { hash: checkpointHash, round, weights } = checkpoint;
      // What the figures are held against is the set, so its hash stands where a judge's would.
      const judgeHash = createHash("sha256").update(canonicalJson(passages)).digest("hex");
      const common = { runId: run.runId, round, weights, checkpointHash, judgeHash, seed: o.seed, temperature: 1 };
      const figures = figuresOf(set, scores, causal);
      for (const { metric, estimate, onePass } of figures) {
        const made = {
          metric,
          definition: definitionOf(metric),
          dtype: precision,
          n: items.length,
          ...estimate,
          wallMs,
        };
        const row: EvaluationRow = { ...common, ...made, ...(onePass && { steps: 1, nfe: 1 }) };
        run.store.saveEvaluation(row);
      }
      const lines = figures.map(({ metric, estimate }) => [definitionOf(metric), formatEstimate(estimate)]);
      const heading = [`${checkpoint.run}, round ${round}, ${weights}`, `${items.length} passages (± standard error)`];
      process.stdout.write(`\n${alignTable([heading, ...lines])}\n`);
      status = "done";
    } finally {
      run.close(status);
    }
  },
});

/**
 * @file `reference`: the levels that a curve is read against, real text and the autoregressive baseline.
 *
 * Both under the same judge, definition and length as the samples; they have no step count, so they are lines.
 */
import { createHash } from "node:crypto";
import {
  alignTable,
  assetPath,
  defineCommand,
  type Engine,
  engineFlags,
  openCorpus,
  openDecoder,
  openEngine,
  sampleAutoregressive,
  splitOf,
  startProgress,
  type Tokenizer,
  userError,
} from "@sdtt/core";
import { z } from "zod";
import { type Checkpoint, isCausal, openCheckpoint, tokenizerOf, weightsChoices } from "./checkpoint.js";
import { meanSampleEntropy } from "./entropy.js";
import { openEvaluationRun, precision } from "./evaluationRun.js";
import { definitionsFor, genPpl } from "./genPpl.js";
import { openJudge } from "./judge.js";
import { formatEstimate } from "./table.js";

const options = z.object({
  checkpoint: z.string().optional().describe("folder of an AR checkpoint; default: the embedded AR baseline"),
  weights: z.enum(weightsChoices).default("raw").describe("which weights of the checkpoint"),
  corpus: z.string().default("embedded").describe("text whose held-out documents are the real text"),
  samples: z.int().min(2).default(64).describe("samples, and pieces of real text"),
  sequences: z.int().positive().default(16).describe("sequences sampled at once; changes no figure"),
  judge: z.string().optional().describe("folder of the judge; default: the embedded one"),
  tokenizer: z.string().optional().describe("tokenizer.json of the checkpoint; default: found by its hash"),
  experiment: z.string().default("default").describe("experiment that the levels belong to"),
  seed: z.int().nonnegative().default(1).describe("seed of the samples"),
  ...engineFlags,
  root: z.string().default(".sdtt").describe("folder of the store"),
});

type Options = z.output<typeof options>;

/** Pieces of the test documents, as long as a sample, spread evenly over all there are. */
export function realPieces(corpus: string, tokenizer: Tokenizer, length: number, count: number): Int32Array[] {
  const held = [...openCorpus(corpus)].filter((document) => splitOf(document) === "test");
  const pieces = tokenizer.encodeBatch(held.map(({ text }) => text)).flatMap((ids) => {
    const whole = Math.floor(ids.length / length);
    return Array.from({ length: whole }, (_, i) => ids.slice(i * length, (i + 1) * length));
  });
  if (pieces.length < count) {
    const rule = `the held-out documents must give ${count} pieces of ${length} tokens`;
    throw userError(
      "reference",
      rule,
      `${pieces.length} (flag --corpus)`,
      "Ask for fewer --samples or give more text.",
    );
  }
  return Array.from({ length: count }, (_, i) => pieces[Math.floor((i * pieces.length) / count)] as Int32Array);
}

async function autoregressiveSamples(engine: Engine, { model, tensors }: Checkpoint, start: number, o: Options) {
  const network = openDecoder(engine, model, tensors);
  const total = Math.ceil(o.samples / o.sequences) * (model.length - 1);
  const progress = startProgress({ label: "AR baseline", total, unit: "steps" });
  const rows: Int32Array[] = [];
  let done = 0;
  for (let first = 0; first < o.samples; first += o.sequences) {
    const batch = Math.min(o.sequences, o.samples - first);
    const onStep = () => progress.update(++done);
    const ids = await sampleAutoregressive(network, { batch, start, seed: o.seed, first, onStep });
    for (let row = 0; row < batch; row++) rows.push(ids.slice(row * model.length, (row + 1) * model.length));
  }
  progress.done();
  network.dispose();
  return rows;
}

export const reference = defineCommand({
  name: "reference",
  summary: "gen-PPL and entropy of real text and of the AR baseline: the lines that a curve is read against",
  options,
  async run(o, context) {
    const baseline = openCheckpoint(o.checkpoint ?? assetPath("ar"), o.weights);
    if (!isCausal(baseline.model)) {
      const remedy = "Give an AR checkpoint, or evaluate this one with `curve`.";
      throw userError(`checkpoint ${baseline.path}`, "the baseline must read from left to right", "a denoiser", remedy);
    }
    const tokenizer = tokenizerOf(baseline, { given: o.tokenizer, root: o.root });
    const real = realPieces(o.corpus, tokenizer, baseline.model.length, o.samples);
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge);
    const hash = createHash("sha256")
      .update(JSON.stringify(real.map((ids) => [...ids])))
      .digest("hex");
    const levels = [
      { label: "real text", subject: { run: "real-text", round: 0, hash }, sample: async () => real },
      {
        label: "AR baseline",
        subject: baseline,
        sample: () => autoregressiveSamples(engine, baseline, tokenizer.endOfText, o),
      },
    ];
    const lines: string[][] = [["", "gen-PPL", "entropy"]];
    for (const { label, subject, sample } of levels) {
      const labelled = { ...context, config: { ...context.config, label } };
      const run = openEvaluationRun({ stage: "curve", ...o, name: label, checkpoint: subject }, engine, labelled);
      let status: "done" | "failed" = "failed";
      try {
        const started = performance.now();
        const ids = await sample();
        const wallMs = performance.now() - started;
        const entropy = meanSampleEntropy(ids);
        const { seed } = o;
        for (const definition of definitionsFor({ tokenizer, length: baseline.model.length }, judge)) {
          const { value, stderr, sampleNll } = await genPpl(definition, ids, tokenizer, judge);
          const identity = { checkpointHash: subject.hash, judgeHash: judge.hash, metric: "gen-ppl", definition };
          const drawn = { seed, temperature: 1, n: ids.length, dtype: precision, wallMs, round: 0, weights: o.weights };
          const figures = { value, stderr, entropy: entropy.value, entropyStderr: entropy.stderr };
          const samples = ids.slice(0, 8).map((row, index) => {
            return { index, seed, text: tokenizer.decode(row), ids: [...row], nll: sampleNll[index] as number };
          });
          run.store.saveEvaluation({ ...identity, ...drawn, ...figures, runId: run.runId }, samples);
          lines.push([`${label}, ${definition}`, formatEstimate({ value, stderr }), formatEstimate(entropy)]);
        }
        status = "done";
      } finally {
        run.close(status);
      }
    }
    judge.dispose();
    process.stdout.write(`\n${alignTable(lines)}\n(± standard error over ${o.samples} samples; entropy in nats)\n`);
  },
});

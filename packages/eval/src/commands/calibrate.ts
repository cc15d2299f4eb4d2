/**
 * @file `calibrate`: the lowest confidence threshold whose cost is bounded with a stated chance of being wrong.
 *
 * Candidates are tested from careful to bold on prompts of the validation documents, each against the same prompts
 * continued one token at a time; the first that cannot be shown to hold ends the search.
 */
import { randomStream, startProgress, userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { type Calibration, openDenoiser, writeCalibration } from "@sdtt/core/sampler";
import {
  fixedSequence,
  formatNumber,
  formatWithError,
  mean,
  meanAbovePValue,
  meanWithStderr,
} from "@sdtt/core/statistics";
import { tokenizerOf } from "@sdtt/core/text";
import { assetPath, commitOf } from "@sdtt/core/workspace";
import { z } from "zod";
import { type Calibrating, type Continued, calibrationPrompts, continuedAt } from "../calibration/continued.js";
import { countedLosses, losses, lossNames } from "../calibration/losses.js";
import { judgeText, openJudge } from "../judge/judge.js";
import { corpusOf, piecesOf } from "../metrics/texts/heldOut.js";
import { openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { batchFlags, corpusFlag, evaluatedFlags, judgeFlag } from "../record/options.js";

const { name: _, experiment: __, ...subject } = evaluatedFlags;
const options = z.object({
  ...subject,
  out: z.string().default("calibrated.json").describe("file that --sampler=threshold:calibrated=FILE reads"),
  loss: z
    .enum(lossNames)
    .default("likelihood")
    .describe("likelihood (nats a token under the judge) or entropy (nats lost)"),
  delta: z.number().positive().default(0.1).describe("most that the mean loss may be, in nats"),
  epsilon: z.number().gt(0).lt(1).default(0.05).describe("chance that it is more all the same"),
  thresholds: z
    .array(z.number().gt(0).lt(1))
    .min(1)
    .default([0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    .describe("candidates, as in 0.9,0.8; tested from the highest on"),
  ...corpusFlag("prompts are cut from, its validation documents"),
  prompts: z.int().min(8).default(256).describe("prompts"),
  promptTokens: z.int().positive().default(16).describe("tokens of a prompt"),
  length: z.int().min(2).optional().describe("tokens of prompt and continuation; default: half of the model's"),
  ...judgeFlag,
  ...batchFlags,
  ...engineFlags,
});

type Options = z.output<typeof options>;
type Tested = Calibration["tested"][number];

/** Tests candidates from careful to bold; every one that was tested, the last of them perhaps in vain. */
async function testAll(
  o: Options,
  at: (threshold: number) => Promise<Continued>,
): Promise<{ kept: number; tested: Tested[] }> {
  const tested: Tested[] = [];
  const reference = await at(1);
  const { most } = losses[o.loss];
  const pValue = async (threshold: number) => {
    const continued = await at(threshold);
    const found = countedLosses(o.loss, continued, reference);
    const p = meanAbovePValue(found, { least: -most, most, limit: o.delta, level: o.epsilon });
    const { value, stderr } = meanWithStderr(found);
    const lostEntropy = mean(countedLosses("entropy", continued, reference));
    tested.push({ threshold, loss: value, stderr, lostEntropy, nfe: mean(continued.nfe), pValue: p });
    return p;
  };
  const candidates = [...new Set(o.thresholds)].sort((a, b) => b - a);
  const kept = await fixedSequence(candidates, pValue, o.epsilon);
  const whole = { threshold: 1, loss: 0, stderr: 0, lostEntropy: 0, nfe: mean(reference.nfe), pValue: 0 };
  return { kept: kept.at(-1) ?? 1, tested: [whole, ...tested] };
}

function tableOf(tested: readonly Tested[]): string {
  const head = ["threshold", "NFE", "mean loss, nats", "entropy lost, nats", "p"];
  const rows = tested.map(({ threshold, nfe, loss, stderr, lostEntropy, pValue }) => [
    String(threshold),
    formatNumber(nfe),
    threshold === 1 ? "0" : formatWithError({ value: loss, stderr }),
    formatNumber(lostEntropy),
    threshold === 1 ? "" : formatNumber(pValue),
  ]);
  return alignTable([head, ...rows]);
}

export const calibrate = defineCommand({
  name: "calibrate",
  summary: "the lowest confidence threshold whose cost is bounded, with its guarantee (Learn-then-Test)",
  options,
  async run(o, context) {
    const checkpoint = openCheckpoint(o.checkpoint ?? assetPath("teacher"), o.weights);
    requireDenoiser(checkpoint, "A baseline has no threshold.");
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const length = o.length ?? checkpoint.model.length / 2;
    if (length > checkpoint.model.length || o.promptTokens >= length) {
      const rule = `a prompt must be shorter than the text, and that at most ${checkpoint.model.length} tokens`;
      throw userError("calibrate", rule, `${o.promptTokens} of ${length}`, "Give other --prompt-tokens and --length.");
    }
    const corpus = corpusOf("calibrate", o.corpus, checkpoint);
    const found = await piecesOf("calibrate", corpus, tokenizer, length, o.prompts, "validation");
    // Pieces stand in the order of their documents; the bet takes them in one that knows nothing of it.
    const order = randomStream(o.seed, "calibrate").permutation(found.length);
    const pieces = Array.from(order, (i) => (found[i] as (typeof found)[number]).ids);
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge, o.root);
    const denoiser = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
    const prompts = await calibrationPrompts(pieces, o.promptTokens, tokenizer, judge);
    const of: Calibrating = {
      ...{ root: o.root, checkpointHash: checkpoint.hash, denoiser, tokenizer, judge, prompts },
      ...{ seed: o.seed, sequences: o.sequences },
    };
    const most = (length - o.promptTokens) * Math.ceil(pieces.length / o.sequences) * (1 + o.thresholds.length);
    const progress = startProgress({ label: "calibrate", total: most, unit: "steps" });
    let taken = 0;
    try {
      const at = (threshold: number) =>
        continuedAt(threshold, of, () => progress.update(++taken, `threshold ${threshold}`));
      const { kept, tested } = await testAll(o, at);
      progress.done();
      writeCalibration(o.out, {
        ...{ kind: "sdtt-calibration", version: 1, checkpoint: checkpoint.hash, sampler: "threshold", threshold: kept },
        ...{ loss: losses[o.loss].definition, delta: o.delta, epsilon: o.epsilon, prompts: pieces.length },
        ...{ promptTokens: o.promptTokens, length, judge: judge.hash, corpus, seed: o.seed },
        ...{ commit: commitOf().commit, configHash: context.configHash, tested },
      });
      process.stdout.write(
        `\n${tableOf(tested)}\n${verdict(o, kept, tested)}\n${checkpoint.text}\n${judgeText(judge)}\n`,
      );
    } finally {
      denoiser.dispose();
      judge.dispose();
    }
  },
});

function verdict(o: Options, kept: number, tested: readonly Tested[]): string {
  const nfe = (threshold: number) => formatNumber(tested.find((one) => one.threshold === threshold)?.nfe ?? Number.NaN);
  const { what, most } = losses[o.loss];
  const held =
    kept < 1 ? `threshold:${kept} takes ${nfe(kept)} evaluations in place of ${nfe(1)}` : "no candidate holds";
  return [
    `${held}: mean loss at most ${o.delta}, with a chance of ${o.epsilon} that it is more (${o.prompts} prompts of validation documents; ${o.out})`,
    `loss: ${what}; beyond ±${most} it counts as ±${most}`,
  ].join("\n");
}

/**
 * @file `reference`: the levels that a curve is read against, real text and the autoregressive baseline.
 *
 * Both under the same judge, definition and length as the samples; they have no step count, so they are lines.
 */
import { startProgress, userError } from "@sdtt/core/base";
import { alignTable, type CommandContext, defineCommand, newName } from "@sdtt/core/cli";
import { type Engine, engineFlags, openEngine } from "@sdtt/core/engine";
import { isCausal } from "@sdtt/core/model";
import { formatWithError } from "@sdtt/core/statistics";
import { type Tokenizer, tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { z } from "zod";
import { autoregressiveLevel, judgeLevel, type Level, levelFigures, textLevel } from "../findings/levels.js";
import { type Judge, judgeText, openJudge } from "../judge/judge.js";
import { declareFigures } from "../metrics/declarations.js";
import { type Measures, usualMeasures } from "../metrics/figures.js";
import { corpusOf, piecesOf } from "../metrics/texts/heldOut.js";
import { trainingTextOf } from "../metrics/texts/trainingText.js";
import { openCheckpoint } from "../record/checkpoint.js";
import { type EvaluationRequest, openEvaluationRun } from "../record/evaluationRun.js";
import { batchFlags, corpusFlag, judgeFlag, recordedFlags } from "../record/options.js";

const options = z.object({
  checkpoint: z.string().optional().describe("folder of an AR checkpoint; default: the embedded AR baseline"),
  ...recordedFlags,
  ...corpusFlag("are the real text"),
  samples: z.int().min(2).default(64).describe("samples, and pieces of real text"),
  ...judgeFlag,
  experiment: newName().optional().describe("experiment whose curves they are levels of; default: the baseline's name"),
  ...batchFlags,
  ...engineFlags,
});

type Options = z.output<typeof options>;

/** Samples of a level that are stored. */
const kept = 8;

interface Recording {
  readonly engine: Engine;
  readonly judge: Judge;
  readonly tokenizer: Tokenizer;
  readonly measures: Measures;
  readonly o: Options;
  readonly context: CommandContext;
}

/** Judges a level in a run of its own, which carries its label; returns its lines for the table. */
async function recordLevel(
  { engine, judge, tokenizer, measures, o, context }: Recording,
  level: Level,
  of: EvaluationRequest["checkpoint"],
  onToken: () => void,
): Promise<string[][]> {
  const { name } = level;
  const labelled = { ...context, config: { ...context.config, label: name } };
  const run = openEvaluationRun({ stage: "reference", ...o, name, checkpoint: of }, engine, labelled);
  return run.during(async () => {
    declareFigures(run.store);
    const { seed } = o;
    const weights = "weights" in of ? of.weights : "raw";
    const by = { runId: run.runId, weights } as const;
    const { ids, judged } = await judgeLevel(level, { tokenizer, judge, seed }, by, onToken);
    for (const { row, found } of judged) {
      const samples = ids.slice(0, kept).map((one, index) => {
        return { index, seed, text: tokenizer.decode(one), ids: [...one], nll: found.sampleNll[index] as number };
      });
      run.store.saveEvaluation(row, samples);
    }
    for (const row of await levelFigures(run.store, level, measures, { tokenizer, seed }, by))
      run.store.saveEvaluation(row);
    return judged.map(({ row, found }) => {
      const entropy = { value: row.entropy ?? Number.NaN, stderr: row.entropyStderr ?? Number.NaN };
      return [`${name}, ${row.definition}`, formatWithError(found), formatWithError(entropy)];
    });
  });
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
    const { length } = baseline.model;
    const pieces = (
      await piecesOf("reference", corpusOf("reference", o.corpus, baseline), tokenizer, length, o.samples)
    ).map(({ ids }) => ids);
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge, o.root);
    const experiment = o.experiment ?? baseline.run;
    const measures = { ...usualMeasures, training: trainingTextOf(baseline, tokenizer, { root: o.root }) };
    const recording = { engine, judge, tokenizer, measures, o: { ...o, experiment }, context };
    const real = textLevel("real text", pieces);
    const ofText = await recordLevel(recording, real, { run: "real-text", round: 0, hash: real.hash }, () => {});
    const { seed, sequences } = o;
    const ar = autoregressiveLevel(engine, baseline, tokenizer, { n: o.samples, seed, sequences, root: o.root });
    const total = Math.ceil(o.samples / sequences) * (length - 1);
    const progress = startProgress({ label: ar.name, total, unit: "steps" });
    let done = 0;
    const ofBaseline = await recordLevel(recording, ar, baseline, () => progress.update(++done));
    progress.done();
    judge.dispose();
    const table = alignTable([["", "gen-PPL", "entropy"], ...ofText, ...ofBaseline]);
    process.stdout.write(
      `\n${table}\n(± standard error over ${o.samples} samples; entropy in nats)\nAR baseline: ${baseline.text}\n${judgeText(judge)}\nstored as levels of the experiment ${experiment}\n`,
    );
  },
});

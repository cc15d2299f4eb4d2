/**
 * @file `reference`: the levels that a curve is read against, real text and the autoregressive baseline.
 *
 * Both under the same judge, definition and length as the samples; they have no step count, so they are lines.
 */
import {
  alignTable,
  assetPath,
  defineCommand,
  engineFlags,
  openEngine,
  startProgress,
  tokenizerOf,
  userError,
} from "@sdtt/core";
import { z } from "zod";
import { isCausal, openCheckpoint } from "./checkpoint.js";
import { openEvaluationRun } from "./evaluationRun.js";
import { batchFlags, judgeFlag, recordedFlags } from "./flags.js";
import { piecesOf } from "./heldOut.js";
import { openJudge } from "./judge.js";
import { autoregressiveLevel, judgeLevel, textLevel } from "./levels.js";
import { formatEstimate } from "./table.js";

const options = z.object({
  checkpoint: z.string().optional().describe("folder of an AR checkpoint; default: the embedded AR baseline"),
  ...recordedFlags,
  corpus: z.string().default("embedded").describe("text whose held-out documents are the real text"),
  samples: z.int().min(2).default(64).describe("samples, and pieces of real text"),
  ...judgeFlag,
  experiment: z.string().default("default").describe("experiment that the levels belong to"),
  ...batchFlags,
  ...engineFlags,
});

/** Samples of a level that are stored. */
const kept = 8;

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
    const real = piecesOf("reference", o.corpus, tokenizer, length, o.samples).map(({ ids }) => ids);
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge);
    const { seed, sequences, weights } = o;
    const levels = [
      { level: textLevel("real text", real), of: { run: "real-text", round: 0 } },
      { level: autoregressiveLevel(engine, baseline, tokenizer, { n: o.samples, seed, sequences }), of: baseline },
    ];
    const lines: string[][] = [["", "gen-PPL", "entropy"]];
    for (const { level, of } of levels) {
      const { name, hash } = level;
      const labelled = { ...context, config: { ...context.config, label: name } };
      const subject = "path" in of ? of : { ...of, hash };
      const run = openEvaluationRun({ stage: "curve", ...o, name, checkpoint: subject }, engine, labelled);
      let status: "done" | "failed" = "failed";
      try {
        const total = Math.ceil(o.samples / sequences) * (length - 1);
        const progress = "path" in of ? startProgress({ label: name, total, unit: "steps" }) : undefined;
        let done = 0;
        const made = { runId: run.runId, weights };
        const onToken = () => progress?.update(++done);
        const { ids, judged } = await judgeLevel(level, { tokenizer, judge, seed }, made, onToken);
        progress?.done();
        for (const { row, found } of judged) {
          const samples = ids.slice(0, kept).map((one, index) => {
            return { index, seed, text: tokenizer.decode(one), ids: [...one], nll: found.sampleNll[index] as number };
          });
          run.store.saveEvaluation(row, samples);
          const entropy = { value: row.entropy ?? Number.NaN, stderr: row.entropyStderr ?? Number.NaN };
          lines.push([`${name}, ${row.definition}`, formatEstimate(found), formatEstimate(entropy)]);
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

/**
 * @file `lambada`: how often the last word of a passage is guessed, and how likely it is.
 */
import { startProgress } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { dryRunFlags, plannedSize, printPlan } from "@sdtt/core/plan";
import { formatFigure } from "@sdtt/core/statistics";
import { tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { z } from "zod";
import { measureSet } from "../metrics/dataSet.js";
import { declareFigures } from "../metrics/declarations.js";
import { openPassages, passageSet, passageTimes } from "../metrics/lastWord/passages.js";
import { corpusOf } from "../metrics/texts/heldOut.js";
import { openCheckpoint } from "../record/checkpoint.js";
import { openEvaluationRun } from "../record/evaluationRun.js";
import { saveMeasured } from "../record/measured.js";
import { batchFlags, corpusFlag, evaluatedFlags } from "../record/options.js";
import { placeOf } from "../shards/place.js";
import { shardFlag } from "../shards/shard.js";
import { lambadaPlan } from "./costs.js";

const options = z.object({
  ...evaluatedFlags,
  source: z.string().default("last-word").describe("last-word (cut from held-out documents) or LAMBADA's .jsonl file"),
  ...corpusFlag("last-word is cut from"),
  words: z.int().min(2).default(40).describe("words of a last-word passage"),
  items: z.int().min(2).optional().describe("passages, spread over all; default: all"),
  times: z
    .int()
    .positive()
    .default(passageTimes)
    .describe("sets of masks of words of more than six tokens; of others all"),
  ...batchFlags,
  ...shardFlag,
  ...engineFlags,
  ...plannedSize,
  ...dryRunFlags,
});

export const lambada = defineCommand({
  name: "lambada",
  summary: "last-word accuracy and perplexity, on LAMBADA's file or on held-out passages",
  options,
  async run(o, context) {
    if (o.dryRun) return printPlan(lambadaPlan(o), o);
    const checkpoint = openCheckpoint(o.checkpoint ?? assetPath("teacher"), o.weights);
    const corpus = o.source === "last-word" ? corpusOf("lambada", o.corpus, checkpoint) : o.corpus;
    const of = await passageSet({ ...o, corpus });
    const { set, passages } = of;
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const { seed, times, sequences } = o;
    const once = <T>(_: string, make: () => Promise<T>) => make();
    // A word that does not fit is refused here, before anything is stored.
    const opened = openPassages(of, { engine, checkpoint, tokenizer, seed, times, sequences, once });
    const place = placeOf("lambada", o, context.config, engine);
    const { root, shard } = place;
    const run = openEvaluationRun({ stage: "lambada", ...o, root, checkpoint }, engine, context);
    const work = async () => {
      declareFigures(run.store);
      const progress = startProgress({ label: `${set} ${checkpoint.run}`, total: passages.length, unit: "items" });
      const onShare = (share: number) => progress.update(Math.floor(share * passages.length));
      const rows = await measureSet({ root, shard }, opened, checkpoint, { seed, runId: run.runId }, onShare);
      progress.done();
      if (shard) return;
      saveMeasured(run.store, rows);
      const lines = rows.map(({ row }) => [row.definition, formatFigure(row)]);
      const heading = [checkpoint.text, `${passages.length} passages (± standard error, shares with 95 % intervals)`];
      const notes = opened.notes.map((note) => `! ${note}\n`).join("");
      process.stdout.write(`\n${alignTable([heading, ...lines])}\n${notes}`);
    };
    await place.during(() => run.during(work));
  },
});

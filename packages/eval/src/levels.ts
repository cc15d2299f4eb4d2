/**
 * @file The levels of a report: held-out text and the AR baseline under the same judge, at the length of the samples.
 */
import { createHash } from "node:crypto";
import { openDecoder, sampleAutoregressive } from "@sdtt/core";
import type { EvaluationIdentity } from "@sdtt/core/store";
import type { Checkpoint } from "./checkpoint.js";
import type { Sampled } from "./diversity.js";
import { meanSampleEntropy } from "./entropy.js";
import { precision } from "./evaluationRun.js";
import { definitionsFor, genPpl } from "./genPpl.js";
import type { Judge } from "./judge.js";
import type { ItemContext, ReportItem } from "./reportItems.js";

type LevelContext = Omit<ItemContext, "checkpoint" | "times">;

function levelItem(
  { runId, tokenizer, seed }: LevelContext,
  judge: Judge,
  of: { readonly name: string; readonly hash: string; readonly length: number; readonly n: number },
  draw: () => Promise<readonly Int32Array[]>,
): ReportItem {
  const definitions = definitionsFor({ tokenizer, length: of.length }, judge);
  const common = { checkpointHash: of.hash, judgeHash: judge.hash, metric: "gen-ppl", seed, temperature: 1, n: of.n };
  const identities = definitions.map((definition): EvaluationIdentity => ({ ...common, definition }));
  return {
    name: of.name,
    identities,
    async measure() {
      const started = performance.now();
      const ids = await draw();
      const made = { runId, round: 0, weights: "raw" as const, dtype: precision, wallMs: performance.now() - started };
      const entropy = meanSampleEntropy(ids);
      const rows = [];
      for (const [i, definition] of definitions.entries()) {
        const { value, stderr } = await genPpl(definition, ids, tokenizer, judge);
        const figures = { value, stderr, entropy: entropy.value, entropyStderr: entropy.stderr };
        rows.push({ ...(identities[i] as EvaluationIdentity), ...made, ...figures });
      }
      return rows;
    },
  };
}

/** Pieces of held-out text, all of which count. */
export function heldOutLevel(context: LevelContext, judge: Judge, pieces: readonly Sampled[]): ReportItem {
  const ids = pieces.map((piece) => piece.ids);
  const hash = createHash("sha256")
    .update(JSON.stringify(ids.map((one) => [...one])))
    .digest("hex");
  const of = { name: "held-out text", hash, length: ids[0]?.length ?? 0, n: ids.length };
  return levelItem(context, judge, of, async () => ids);
}

/** Samples of a model that reads from left to right, begun by end-of-text. */
export function autoregressiveLevel(context: LevelContext, judge: Judge, baseline: Checkpoint, n: number): ReportItem {
  const { engine, tokenizer, seed, sequences } = context;
  const { model, tensors, hash } = baseline;
  return levelItem(context, judge, { name: "AR baseline", hash, length: model.length, n }, async () => {
    const network = openDecoder(engine, model, tensors);
    const rows: Int32Array[] = [];
    for (let first = 0; first < n; first += sequences) {
      const batch = Math.min(sequences, n - first);
      const ids = await sampleAutoregressive(network, { batch, start: tokenizer.endOfText, seed, first });
      for (let row = 0; row < batch; row++) rows.push(ids.slice(row * model.length, (row + 1) * model.length));
    }
    network.dispose();
    return rows;
  });
}

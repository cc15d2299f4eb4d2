/**
 * @file Part D: GPT-2's residual stream and logits, the scorer's token likelihoods, and generative perplexity.
 */
import { int32, type TensorMap, userError } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import { gpt2Head, gpt2Trunk, type ModelConfig } from "@sdtt/core/model";
import { openScorer, readJudge } from "@sdtt/eval/judge";
import { genPpl } from "@sdtt/eval/metrics";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { type Check, flatten, tokens } from "./context.js";
import type { Part } from "./folder.js";
import { close, closeRelative, largest, type Row, roundingOf, toleranceAt, tolerances } from "./rows.js";

const expectedSchema = z.looseObject({
  input_ids: tokens,
  per_sample_nll: z.array(z.number()),
  avg_nll: z.number(),
  ppl_run_eval: z.number(),
  ppl_fp64: z.number(),
  all_ar_ppl_b64: z.string().optional(),
});
type Expected = z.output<typeof expectedSchema>;

type Gpt2Model = Extract<ModelConfig, { kind: "gpt2" }>;

/** `embed`, `block0`, …, `logits` of all positions. */
async function forward(engine: Engine, model: Gpt2Model, weights: TensorMap, texts: number[][]): Promise<TensorMap> {
  const ids = flatten(texts);
  const inputs = { ids: int32([texts.length, ids.length / texts.length], ids) };
  const fn = (given: Record<string, tf.Tensor>) => {
    const seen: Record<string, tf.Tensor> = {};
    const observe = (block: number, h: tf.Tensor) => {
      seen[block < 0 ? "embed" : `block${block}`] = tf.clone(h);
    };
    return { logits: gpt2Head(given, gpt2Trunk(given, model, given.ids as tf.Tensor, observe)), ...seen };
  };
  const program = await engine.compile(fn, { name: "gpt2", inputs, state: weights });
  program.load(weights);
  const outputs = await program.run(inputs);
  program.dispose();
  return outputs;
}

function activationRows(part: Part, outputs: TensorMap, allowed: (published: ArrayLike<number>) => number): Row[] {
  const files = part.files().filter((file) => file.startsWith("act.") && file.endsWith(".npy"));
  return [...files, "logits.npy"].map((file) => {
    const layer = file.replace(/^act\.|\.npy$/g, "");
    const published = part.array(file).data;
    const found = outputs[layer];
    if (!found) throw userError("parity", "activations must be of layers", file, "Check the folder.");
    return close(layer, found.data, published, allowed(published));
  });
}

/** Samples of one length: the published mean over samples of their means is then the mean over tokens. */
async function perplexityRows(
  engine: Engine,
  part: Part,
  expected: Expected,
  allowed: (x: ArrayLike<number>) => number,
) {
  const { model, weights, hash } = readJudge(part.path);
  const scorer = openScorer(engine, model, weights);
  const texts = expected.input_ids.map((ids) => Int32Array.from(ids));
  const scores = await scorer.score(texts);
  // Raw ids: no tokenizer takes part.
  const tokenizer = undefined as never;
  const { sampleNll, value } = await genPpl("gen-ppl-raw-ids@1", texts, tokenizer, {
    ...scorer,
    hash,
    tokenizer,
    name: part.path,
    isEmbedded: false,
  });
  scorer.dispose();
  const tokenNll = part.array("token_nll.npy").data;
  const pplTolerance = toleranceAt(tolerances.gpt2Ppl, expected.avg_nll, roundingOf(model));
  const [nlls, mean] = [expected.per_sample_nll, [expected.avg_nll]];
  const rows = [
    close(
      "token NLL",
      scores.flatMap((nll) => [...nll]),
      tokenNll,
      allowed(tokenNll),
    ),
    close("NLL of a sample", sampleNll, nlls, allowed(nlls)),
    close("mean NLL", [Math.log(value)], mean, allowed(mean)),
    closeRelative("perplexity", [value, value], [expected.ppl_run_eval, expected.ppl_fp64], pplTolerance),
  ];
  if (!expected.all_ar_ppl_b64) return rows;
  const bytes = Buffer.from(expected.all_ar_ppl_b64, "base64");
  const packed = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  return [...rows, close("NLL of a sample, as packed", sampleNll, packed, allowed(packed))];
}

export const gpt2Checks: Check = async ({ engine }, part) => {
  const expected = part.json("expected.json", expectedSchema);
  const { model, weights } = readJudge(part.path);
  if (model.kind !== "gpt2") throw new Error(`a judge is a ${model.kind}`);
  const allowed = (published: ArrayLike<number>) => toleranceAt(tolerances.gpt2, largest(published), roundingOf(model));
  const outputs = await forward(engine, model, weights, expected.input_ids);
  return [...activationRows(part, outputs, allowed), ...(await perplexityRows(engine, part, expected, allowed))];
};

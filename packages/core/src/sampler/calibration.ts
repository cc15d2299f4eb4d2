/**
 * @file What a calibration found, as a file: the threshold, its guarantee, and for which model and text it was made.
 *
 * `--sampler=threshold:calibrated=FILE` is `threshold:λ` with the λ of the file, for the weights that it was made for and no others.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { userError } from "../base/errors.js";
import { writeFileAtomic } from "../files/atomic.js";

const schema = z.object({
  kind: z.literal("sdtt-calibration"),
  version: z.literal(1),
  /** Weights that it was made for. */
  checkpoint: z.string(),
  sampler: z.literal("threshold"),
  /** 1 where no candidate holds: one token at a time. */
  threshold: z.number().gt(0).max(1),
  loss: z.string(),
  /** The mean loss is at most this, nats, but for a chance of `epsilon`. */
  delta: z.number(),
  epsilon: z.number(),
  prompts: z.int(),
  promptTokens: z.int(),
  length: z.int(),
  judge: z.string(),
  corpus: z.string(),
  seed: z.int(),
  commit: z.string().nullable(),
  configHash: z.string(),
  tested: z.array(
    z.object({
      threshold: z.number(),
      loss: z.number(),
      stderr: z.number(),
      lostEntropy: z.number(),
      nfe: z.number(),
      pValue: z.number(),
    }),
  ),
});
export type Calibration = z.output<typeof schema>;

export const writeCalibration = (path: string, calibration: Calibration): void =>
  writeFileAtomic(path, `${JSON.stringify(schema.parse(calibration), null, 2)}\n`);

function readCalibration(path: string): Calibration {
  const remedy = "Make one with `npx nx run eval:calibrate`.";
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw userError("sampler", "the file of a calibration must be there", path, remedy, cause);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const found = schema.safeParse(json);
  if (found.success) return found.data;
  throw userError("sampler", "the file must be one that `eval calibrate` wrote", path, remedy);
}

/**
 * `threshold:calibrated=FILE` as `threshold:λ`; any other text as it is.
 *
 * Throws   UserError where the file is none, or was made for other weights than those of `hashOf`, where it is given: its
 * guarantee is theirs
 */
export function calibratedSampler(text: string, hashOf?: () => string): string {
  const path = /^threshold:calibrated=(.*)$/s.exec(text)?.[1];
  if (path === undefined) return text;
  const { threshold, checkpoint } = readCalibration(path);
  const sampled = hashOf?.() ?? checkpoint;
  if (checkpoint === sampled) return `threshold:${threshold}`;
  const got = `${checkpoint.slice(0, 12)}, not ${sampled.slice(0, 12)} (${path})`;
  throw userError("sampler", "a calibration must be of the weights that are sampled", got, "Calibrate these.");
}

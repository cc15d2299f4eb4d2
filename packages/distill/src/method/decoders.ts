/**
 * @file A student whose last block comes in copies, one for each interval of the share of masks, all begun as its teacher's last block.
 */
import { type TensorMap, userError } from "@sdtt/core/base";
import type { ModelConfig } from "@sdtt/core/model";

/**
 * The shape of a student with N copies; with as many as its teacher where nothing is asked.
 *
 * Throws   UserError where its teacher has another number of several, of which none can stand for all
 */
export function copiedModel(teacher: ModelConfig, decoders: number | undefined): ModelConfig {
  if (decoders === undefined || teacher.kind !== "dit") return teacher;
  const before = teacher.decoders;
  if (before === undefined || before === decoders) return { ...teacher, decoders };
  const got = `${decoders} of a teacher's ${before} (flag --decoders)`;
  throw userError("round", "a student has as many copies as its teacher", got, "Leave --decoders out.");
}

/** The weights of a student: the teacher's, and its last block once more for each further copy that it has not. */
export function copiedWeights(weights: TensorMap, from: ModelConfig, model: ModelConfig): TensorMap {
  const { decoders = 1 } = model.kind === "dit" ? model : {};
  if (decoders === 1 || (from.kind === "dit" && from.decoders)) return weights;
  const last = `blocks.${model.blocks - 1}.`;
  const own = Object.entries(weights).filter(([name]) => name.startsWith(last));
  const copies = Array.from({ length: decoders - 1 }, (_, k) =>
    own.map(([name, value]) => [`blocks.${model.blocks + k}.${name.slice(last.length)}`, value] as const),
  );
  return { ...weights, ...Object.fromEntries(copies.flat()) };
}

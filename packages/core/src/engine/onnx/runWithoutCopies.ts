/**
 * @file A run of onnxruntime-node whose results are where they belong, and nowhere else.
 *
 * onnxruntime-node 1.30 copies each output into a new array, also where it was given one to write to: 3.4 GB an update at
 * 169M parameters, and a third of a small update's time with what the garbage collector does about it. It goes through
 * the outputs in order and gives up at the first that is no tensor; by then the run is over, and results are where they
 * belong. So each model has an empty sequence as its first output, and that error is how a run ends well.
 *
 * That is what one version does, and no promise: with another version models have no such output, and results are
 * copied. docs/decisions/0006 has the alternatives.
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";

/** The version of onnxruntime-node of which this was measured. */
export const measuredVersion = "1.30.0";

/** The name of the output that is no tensor. */
export const noTensor = "none";
const endedWell = "Non tensor type";

export const avoidsCopies = (version: string | undefined): boolean => version === measuredVersion;

type Tensors = Readonly<Record<string, Tensor>>;

/** Runs and fills `targets`, by output name; with `noTensor` among the outputs where copies are to be avoided. */
export async function runInto(
  session: InferenceSession,
  feeds: Tensors,
  targets: Tensors,
  withoutCopies: boolean,
): Promise<void> {
  if (withoutCopies) return runWithoutCopies(session, feeds, targets);
  const results = await session.run(feeds, targets);
  for (const [name, target] of Object.entries(targets)) {
    const data = results[name]?.data as Float32Array;
    if (data.buffer !== (target.data as Float32Array).buffer) (target.data as Float32Array).set(data);
  }
}

async function runWithoutCopies(session: InferenceSession, feeds: Tensors, targets: Tensors): Promise<void> {
  const ended = await session.run(feeds, { [noTensor]: null, ...targets }).then(
    () => "with copies",
    (error: Error) => {
      if (!error.message.startsWith(endedWell)) throw error;
      return endedWell;
    },
  );
  if (ended !== endedWell) throw new Error(`onnxruntime-node ${measuredVersion} ended a run ${ended}`);
}

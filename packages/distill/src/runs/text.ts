/**
 * @file Which text a run learns: what is asked for, what the run began with, or what its teacher learned.
 *
 * A checkpoint records its text under `text`: the source and the folder that it was prepared in, both as full paths, and
 * its hash as `corpusHash`. So a teacher of one's own text is distilled on that text, and on another machine, where
 * neither is there, that is said instead of another text being taken.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { userError } from "@sdtt/core/base";
import {
  type CheckpointState,
  isEmbeddedText,
  isPrepared,
  isSourceThere,
  type LearnedText,
  learnedText,
} from "@sdtt/core/checkpoint";
import { type PreparedData, preparedSource } from "./data.js";

interface Asked {
  readonly source?: string | undefined;
  readonly data?: string | undefined;
}

/** A source as it is recorded: full paths, and names as they are. */
export const fullSource = (source: string): string =>
  isEmbeddedText(source) || !existsSync(source) ? source : resolve(source);

/** What is asked for by name; a folder of prepared text knows its own source. */
function askedText({ source = "embedded", data }: Asked): LearnedText {
  return { source: fullSource((data && preparedSource(data)) ?? source), data: data && resolve(data) };
}

/**
 * The text of a round.
 *
 * @param model whose text is taken where none is asked for: the run's own newest checkpoint, or its teacher
 * Throws   UserError where none is asked for, and the model's is not known or no longer there
 */
export function textOf(
  where: string,
  asked: Asked,
  model: CheckpointState,
): LearnedText & {
  /** The folder is what the model learned, whatever has become of the source. */ isAsLearned?: true;
} {
  if (asked.source !== undefined || asked.data !== undefined) return askedText(asked);
  const learned = learnedText({ ...model });
  if (!learned) {
    const remedy = "Name the text: --source=FOLDER, or --source=embedded for the embedded one.";
    throw userError(where, "the text that the teacher learned must be known", `nothing of it (${model.run})`, remedy);
  }
  const { source, data } = learned;
  if (data && isPrepared(data)) return { source, data, isAsLearned: true };
  if (isSourceThere(source)) return { source };
  const got = `neither ${source}${data ? ` nor ${data}` : ""} here`;
  throw userError(where, "the text that the teacher learned must be there", got, "Give it: --source or --data.");
}

/**
 * Throws   UserError where text that was taken because the model learned it has become another since
 *
 * The embedded text is the package's, and cannot.
 */
export function refuseChangedText(where: string, asked: Asked, model: CheckpointState, { train }: PreparedData): void {
  const isAsked = asked.source !== undefined || asked.data !== undefined;
  const isEmbedded = isEmbeddedText(learnedText({ ...model })?.source ?? "");
  if (isAsked || isEmbedded || model.corpusHash === "" || model.corpusHash === train.corpusHash) return;
  const got = `${model.corpusHash.slice(0, 12)} then, ${train.corpusHash.slice(0, 12)} now`;
  const remedy = "Give back the text as it was, or name the one that is wanted: --source or --data.";
  throw userError(where, "the text that the teacher learned must be as it was", got, remedy);
}

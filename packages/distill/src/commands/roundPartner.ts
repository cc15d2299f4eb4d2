/**
 * @file The second network of a round whose objective asks one: named, or the AR baseline that ships; the same for the whole run.
 */
import { resolve } from "node:path";
import { type TensorMap, userError } from "@sdtt/core/base";
import { type CheckpointState, findCheckpoint, loadWeights, modelText, sayNotes } from "@sdtt/core/checkpoint";
import type { ModelConfig } from "@sdtt/core/model";
import { checkPartner, partnerFolder } from "@sdtt/core/sampler";
import { shareTokenizer } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { objectives } from "../method/objectives/index.js";
import type { Predecessor } from "../method/rounds.js";
import type { RoundFlags } from "./roundOptions.js";

export interface RoundPartner {
  readonly path: string;
  readonly part: "model" | "ema";
  readonly model: ModelConfig;
  readonly hash: string;
  /** Which model it is, for messages. */
  readonly text: string;
}

/** The folder that a round's second network lies in; undefined where it asks none. */
function partnerPlace({ objective, control, partner }: Pick<RoundFlags, "objective" | "control" | "partner">) {
  const kind = control === undefined ? objectives[objective].partner : undefined;
  return kind && { kind, folder: partnerFolder(kind, partner) };
}

/**
 * Finds it; no tensor is read.
 *
 * @param begun what a checkpoint of the run says, where it was begun before
 * Throws   UserError where it is of another kind or tokenizer, reads shorter rows, or is not the one that the run began with
 */
export function partnerOfRound(
  where: string,
  o: RoundFlags,
  teacher: Predecessor,
  begun: CheckpointState | undefined,
): RoundPartner | undefined {
  const place = partnerPlace(o);
  if (!place) return undefined;
  const known = begun?.config.partnerHash;
  if (resolve(place.folder) === resolve(o.judge ?? assetPath("judge"))) {
    const remedy = "Give another one: --partner=FOLDER.";
    throw userError(`partner ${place.folder}`, "the judge must not teach what it judges", "the judge itself", remedy);
  }
  const found = findCheckpoint(place.folder, typeof known === "string" ? [known] : "student");
  const { path, part, state, hash } = found;
  sayNotes(found);
  const trained = { path, tokenizerHash: state.tokenizerHash };
  const other = { path: teacher.folder, tokenizerHash: teacher.state.tokenizerHash };
  const sharesTokenizer = shareTokenizer(trained, other, o.root);
  checkPartner(`--objective=${o.objective}`, place.kind, { path, model: state.model, sharesTokenizer });
  checkLength(path, state.model, teacher.state.model);
  if (typeof known === "string" && known !== hash) {
    const rule = `a run must go on with the partner it began with (${known.slice(0, 12)})`;
    const remedy = "Give that one: --partner=FOLDER; or choose another --name.";
    throw userError(where, rule, `${hash.slice(0, 12)} (${place.folder})`, remedy);
  }
  return { path, part, model: state.model, hash, text: modelText(found) };
}

function checkLength(path: string, own: ModelConfig, student: ModelConfig): void {
  // GPT-2 has no mask token.
  const vocabSize = own.vocabSize + Number(own.kind === "gpt2");
  if (vocabSize === student.vocabSize && own.length >= student.length) return;
  const rule = "it must have the student's vocabulary and read rows as long";
  const got = `${vocabSize} × ${own.length} beside ${student.vocabSize} × ${student.length}`;
  throw userError(`partner ${path}`, rule, got, "Give another one: --partner=FOLDER.");
}

export const loadPartner = ({ path, part }: RoundPartner): TensorMap => loadWeights(path, part) as TensorMap;

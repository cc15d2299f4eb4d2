/**
 * @file The datastore of a sampler that looks into one: given with it and with no other, and of the weights that are sampled.
 */
import { z } from "zod";
import { userError } from "../../base/errors.js";
import type { ModelConfig } from "../../model/presets.js";
import { configHash } from "../../workspace/provenance.js";
import type { ChosenSampler } from "../choose.js";
import { type Datastore, openDatastore } from "./datastore.js";
import { refuseTold } from "./mixed.js";

export const datastoreFlag = {
  datastore: z.string().optional().describe("folder that eval:datastore made of this checkpoint, for --sampler=knn:λ"),
};

interface Sampled {
  /** "checkpoint FOLDER" */
  readonly where: string;
  readonly model: ModelConfig;
  /** Of its weights. */
  readonly hash: string;
}

interface DatastoreRequest {
  readonly datastore?: string | undefined;
  readonly early?: string | undefined;
}

/**
 * Opens what the sampler looks into; undefined where it looks into nothing.
 *
 * Throws   UserError where it is not given, is given to another sampler, or is of other weights
 */
export function datastoreFor(
  command: string,
  { name, sampler }: Pick<ChosenSampler, "name" | "sampler">,
  { where, model, hash }: Sampled,
  { datastore: folder, early }: DatastoreRequest,
): Datastore | undefined {
  const looks = "datastore" in sampler;
  if (looks !== (folder !== undefined)) {
    const remedy = "Give both: --sampler=knn --datastore=FOLDER, of a datastore that eval:datastore made.";
    throw userError(command, "knn looks into a datastore, and no other sampler does", `--sampler=${name}`, remedy);
  }
  if (folder === undefined) return undefined;
  if (early !== undefined) {
    throw userError(command, "a datastore is of one student's states", `--early=${early}`, "Leave one of them out.");
  }
  refuseTold(where, model);
  const found = openDatastore(folder);
  if (found.facts.checkpoint === hash) return found;
  found.close();
  const got = `those of ${found.facts.checkpoint.slice(0, 12)} for ${hash.slice(0, 12)}`;
  const rule = "its keys must be states of the weights that are sampled";
  throw userError(`datastore ${folder}`, rule, got, "Build one of this checkpoint: eval:datastore.");
}

/** What makes a datastore this one and no other: a build depends on nothing but what its facts say. */
export const datastoreHash = ({ facts }: Pick<Datastore, "facts">): string => configHash(facts);

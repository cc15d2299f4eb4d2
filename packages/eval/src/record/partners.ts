/**
 * @file The second networks of samplers that ask one: named, or those that are usual.
 */
import { resolve } from "node:path";
import { userError } from "@sdtt/core/base";
import { checkPartner, type PartnerKind, parseSampler, partnerFolder } from "@sdtt/core/sampler";
import { shareTokenizer } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { type Checkpoint, openCheckpoint } from "./checkpoint.js";

interface PartnerRequest {
  /** Who is sampled. */
  readonly checkpoint: Checkpoint;
  /** Who verifies where nobody is named. */
  readonly teacher: Checkpoint | undefined;
  /** A folder that the user named. */
  readonly partner?: string | undefined;
  /** Where samplers look that mix in neighbours, in commands that take it. */
  readonly datastore?: string | undefined;
  readonly judge?: string | undefined;
  readonly root: string;
}

/**
 * By kind, whom the samplers ask; nothing where they ask no one.
 *
 * Throws   UserError where it is of another kind or tokenizer, or the judge
 */
export function partnersFor(
  samplers: readonly string[],
  request: PartnerRequest,
): Partial<Record<PartnerKind, Checkpoint>> | undefined {
  const found: Partial<Record<PartnerKind, Checkpoint>> = {};
  for (const { name, sampler } of samplers.map((text) => parseSampler(text))) {
    if ("datastore" in sampler && request.datastore === undefined) throw withoutDatastore(name);
    if ("partner" in sampler) found[sampler.partner] ??= opened(name, sampler.partner, request);
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

const withoutDatastore = (name: string) => {
  const remedy = "Evaluate it by eval:curve --datastore=FOLDER.";
  return userError("sampler", "this command's samplers look into no datastore", name, remedy);
};

function opened(sampler: string, kind: PartnerKind, request: PartnerRequest): Checkpoint {
  const { checkpoint, teacher, partner: asked, judge = assetPath("judge"), root } = request;
  if (!asked && kind === "denoiser" && teacher) return teacher;
  const folder = partnerFolder(kind, asked);
  if (resolve(folder) === resolve(judge)) {
    const remedy = "Give another one: --partner=FOLDER.";
    throw userError(`partner ${folder}`, "the judge must not write what it judges", "the judge itself", remedy);
  }
  const found = openCheckpoint(folder);
  checkPartner(sampler, kind, { ...found, sharesTokenizer: shareTokenizer(found, checkpoint, root) });
  return found;
}

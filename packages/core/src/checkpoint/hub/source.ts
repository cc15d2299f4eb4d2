/**
 * @file Where a published model is: `hf:owner/name@revision`, and SDTT's models by name.
 */
import { userError } from "../../base/errors.js";

export interface HubSource {
  readonly repository: string;
  readonly revision: string;
}

const prefix = "hf:";

export const isHubSource = (source: string): boolean => source.startsWith(prefix);

/** Reads `hf:owner/name@revision`; the revision is `main` where it is left out. */
export function parseHubSource(source: string): HubSource {
  const found = /^hf:([\w.-]+(?:\/[\w.-]+)?)(?:@([\w./-]+))?$/.exec(source);
  const [, repository, revision = "main"] = found ?? [];
  if (!repository || /(^|\/)\.\.?(\/|$)/.test(`${repository}/${revision}`)) {
    const remedy = "For example --source=hf:kuleshov-group/mdlm-owt@main.";
    throw userError("hub", "a repository must be given as hf:owner/name@revision", source, remedy);
  }
  return { repository, revision };
}

/** One of SDTT's published models. */
export interface SdttVariant {
  readonly revision: string;
  /** 0 for a teacher. */
  readonly round: number;
}

const rounds = [1, 2, 3, 4, 5, 6, 7];
/** Optimizer updates of a round. */
const roundUpdates = 10_000;
const sizes = ["sm", "md", "large"];

/**
 * The models of `jdeschena/sdtt`, by short names: `kld-7` is the student of the reverse KL after round 7, `md-3` the
 * medium one of the scaling study after round 3, `teacher-md` its teacher, `teacher` the MDLM that the small ones began
 * from. Source: jdeschena/sdtt, multi_round_sdtt.py, `load_small_student` and its neighbours.
 */
export const sdttVariants: ReadonlyMap<string, SdttVariant> = new Map([
  ["teacher", { revision: "teacher_1M_sm", round: 0 }],
  ...sizes.map((size) => [`teacher-${size}`, { revision: `teacher_400k_${size}_step_400000`, round: 0 }] as const),
  ...["kld", "mse", "tvd"].flatMap((loss) =>
    rounds.map(
      (round) => [`${loss}-${round}`, { revision: `baselines_${loss}_step_${round * roundUpdates}`, round }] as const,
    ),
  ),
  ...sizes.flatMap((size) =>
    rounds.map(
      (round) =>
        [`${size}-${round}`, { revision: `scaling_400k_${size}_step_${round * roundUpdates}`, round }] as const,
    ),
  ),
]);

/** Throws   UserError when there is no variant of that name */
export function sdttVariant(name: string): SdttVariant {
  const found = sdttVariants.get(name);
  if (found) return found;
  const remedy = "Give kld-1 to kld-7, mse-…, tvd-…, sm-…, md-…, large-…, teacher, or teacher-sm, -md, -large.";
  throw userError("import", "--variant must name one of SDTT's published models", name, remedy);
}

/** The round that a revision of `jdeschena/sdtt` is of; 0 for teachers and all that is not known. */
export const roundOfRevision = (revision: string): number =>
  [...sdttVariants.values()].find((variant) => variant.revision === revision)?.round ?? 0;

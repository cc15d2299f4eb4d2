/**
 * @file Which runs a made-up store holds: experiments of a few settings, each with seeds, rounds and their evaluations.
 */

export interface StoreSize {
  readonly runs: number;
  readonly trainPoints: number;
  readonly evaluations: number;
  readonly samples: number;
}

export interface PlannedRun {
  readonly kind: "teacher" | "text" | "baseline" | "round" | "curve";
  readonly experiment: number;
  readonly round: number;
  readonly seed: number;
  readonly lr: number;
  readonly divergence: string;
  /** Its place among all runs. */
  readonly index: number;
}

const learningRates = [3e-4, 1e-3];
const divergences = ["reverse-kl", "forward-kl"];
const seeds = [1, 2, 3];
const rounds = [1, 2, 3];
/** Of one experiment: three references, then 36 runs for each learning rate. */
const runsAnExperiment = 3 + learningRates.length * seeds.length * rounds.length * 2;

function ofExperiment(experiment: number): Omit<PlannedRun, "index">[] {
  const divergence = divergences[experiment % divergences.length] as string;
  const base = { experiment, round: 0, seed: 0, lr: 0, divergence };
  const cells = learningRates.flatMap((lr) =>
    seeds.flatMap((seed) =>
      rounds.flatMap((round) =>
        (["round", "curve"] as const).map((kind) => ({ kind, experiment, round, seed, lr, divergence })),
      ),
    ),
  );
  return [{ ...base, kind: "teacher" }, { ...base, kind: "text" }, { ...base, kind: "baseline" }, ...cells];
}

/** Exactly `count` runs, experiment after experiment; the last experiment may be cut short. */
export function planRuns(count: number): PlannedRun[] {
  const experiments = Math.ceil(count / runsAnExperiment);
  const all = Array.from({ length: experiments }, (_, experiment) => ofExperiment(experiment)).flat();
  return all.slice(0, count).map((run, index) => ({ ...run, index }));
}

/** `total` over `parts` parts, as evenly as whole numbers allow: what part `index` gets. */
export function share(total: number, parts: number, index: number): number {
  return Math.floor(((index + 1) * total) / parts) - Math.floor((index * total) / parts);
}

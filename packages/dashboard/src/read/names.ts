/** @file What a run is called where a person reads it: the name that somebody gave, or else what tells it from others in words. */

/** Made by a program: what it is called says nothing to a person. */
export const isMadeUp = (name: string): boolean => /[0-9a-f]{8}/.test(name);

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly stage: string;
  readonly round: number;
  readonly seed?: number;
  /** How its samples were drawn, by `drawnOf`. */
  readonly drawn?: string;
}

/** What of a run's config tells its samples from those of ancestral steps at temperature 1: "spaced, τ = 0.9, 4/8 steps"; empty for all else. */
export function drawnOf({ sampler, temperature, topP, steps }: Readonly<Record<string, unknown>>): string {
  const parts = [
    typeof sampler === "string" && sampler !== "ancestral" ? sampler : "",
    typeof temperature === "number" && temperature !== 1 ? `τ = ${temperature}` : "",
    typeof topP === "number" && topP !== 1 ? `top-p ${topP}` : "",
    Array.isArray(steps) && steps.length > 0 ? `${steps.join("/")} steps` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** "lr-study: curve of round 2, spaced, 8 steps, seed 1" for `rounds-1ba1a7b8c789/curve-dfa492150b5f`; an id that a person can read stays as it is. */
export function runWords({ id, name, experiment, stage, round, seed, drawn }: Named): string {
  if (!isMadeUp(id)) return id;
  const what = stage === "round" ? `round ${round}` : round > 0 ? `${stage} of round ${round}` : stage;
  const told = [what, ...(drawn ? [drawn] : []), ...(seed === undefined ? [] : [`seed ${seed}`])];
  return `${isMadeUp(name) ? experiment : name}: ${told.join(", ")}`;
}

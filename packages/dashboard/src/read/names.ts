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
}

/** "lr-study: curve of round 2, seed 1" for `rounds-1ba1a7b8c789/curve-dfa492150b5f`; an id that a person can read stays as it is. */
export function runWords({ id, name, experiment, stage, round, seed }: Named): string {
  if (!isMadeUp(id)) return id;
  const what = stage === "round" ? `round ${round}` : round > 0 ? `${stage} of round ${round}` : stage;
  return `${isMadeUp(name) ? experiment : name}: ${what}${seed === undefined ? "" : `, seed ${seed}`}`;
}

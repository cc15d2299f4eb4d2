/**
 * @file Where runs, their rounds and the store lie under a root; what sweeps add stands in their own package.
 *
 *   ROOT/sdtt.sqlite                                        the store
 *   ROOT/runs/NAME/round-R/checkpoints/update-00000100      a run's rounds, 0 is pre-training
 */
import { join } from "node:path";

export const storePath = (root: string): string => join(root, "sdtt.sqlite");
export const runsFolder = (root: string): string => join(root, "runs");
export const runFolder = (root: string, run: string): string => join(runsFolder(root), run);
export const roundFolder = (root: string, run: string, round: number): string =>
  join(runFolder(root, run), `round-${round}`);

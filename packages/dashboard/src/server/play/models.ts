/**
 * @file Which models can be played with: what ships, and finished rounds beside the stores. A reader chooses among their names;
 * no path comes from outside.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { assetPath, roundAssets } from "@sdtt/core/workspace";

export interface PlayModel {
  readonly id: string;
  readonly title: string;
}

interface Placed extends PlayModel {
  readonly path: string;
}

const mostRuns = 100;

function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return entries.map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

/** Finished rounds of a run have a checkpoint under them. */
function roundsOf(store: string): Placed[] {
  const runs = join(dirname(store), "runs");
  return namesIn(runs)
    .slice(0, mostRuns)
    .flatMap((name) =>
      namesIn(join(runs, name))
        .filter((round) => /^round-\d+$/.test(round) && namesIn(join(runs, name, round, "checkpoints")).length > 0)
        .map((round) => ({
          id: `${name}/${round}`,
          title: `${name}, ${round.replace("-", " ")}`,
          path: join(runs, name, round),
        })),
    );
}

export function playModels(stores: readonly string[]): Placed[] {
  const shipped = roundAssets().map(({ round, path }) => ({
    id: `shipped round ${round}`,
    title: `round ${round}, which ships`,
    path,
  }));
  const teacher = { id: "shipped teacher", title: "the teacher that ships", path: assetPath("teacher") };
  const own = [...new Set(stores)].filter((path) => existsSync(path)).flatMap(roundsOf);
  return [...shipped.reverse(), teacher, ...own];
}

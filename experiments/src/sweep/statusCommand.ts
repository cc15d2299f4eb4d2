/**
 * @file `status`: how far a sweep is, from its files; other hosts' cells too.
 */
import { availableParallelism } from "node:os";
import { alignTable, defineCommand } from "@sdtt/core";
import { z } from "zod";
import { expectedTime, timeText } from "./expected.js";
import type { FrozenCell } from "./frozen.js";
import { sweepNamed } from "./layout.js";
import { earlierManifests, newestManifest } from "./manifest.js";
import { json, root, say, sweep } from "./shared.js";
import { type CellStatus, cellStatuses } from "./status.js";
import { countsOf, resultTable } from "./summary.js";

const options = z.object({ sweep, root, json });

/** Cells of earlier definitions that the newest has no more; their results stay. */
function earlierCells(folder: string, name: string, now: readonly FrozenCell[]): CellStatus[] {
  const seen = new Set(now.map(({ key }) => key));
  return earlierManifests(folder, name).flatMap((manifest) => {
    const cells = manifest.cells.filter(({ key }) => !seen.has(key));
    for (const { key } of cells) seen.add(key);
    return cellStatuses(folder, { ...manifest, cells });
  });
}

export const status = defineCommand({
  name: "status",
  summary: "how far a sweep is: its cells, their states, the results so far",
  options,
  async run(o) {
    const name = sweepNamed("status", o.root, o.sweep);
    const { hash, at, manifest } = newestManifest(o.root, name);
    const statuses = cellStatuses(o.root, manifest);
    const earlier = earlierCells(o.root, name, manifest.cells);
    const plain = ({ cell, ...rest }: CellStatus) => ({
      key: cell.key,
      label: cell.label,
      stages: cell.stages.length,
      ...rest,
    });
    if (o.json) {
      return say(
        JSON.stringify(
          { sweep: name, manifest: hash, at, cells: statuses.map(plain), earlier: earlier.map(plain) },
          null,
          2,
        ),
      );
    }
    const rows = [...statuses, ...earlier].map(({ cell, state, done, seconds, note }, i) => {
      const definition = i < statuses.length ? "" : "earlier definition";
      return [cell.label, state, `${done}/${cell.stages.length}`, `${Math.round(seconds)} s`, note || definition];
    });
    say(alignTable([["cell", "state", "stages", "took", ""], ...rows]));
    say(`\n${resultTable(o.root, manifest, statuses)}`);
    const threads = manifest.definition.limits.threads ?? availableParallelism();
    const left = timeText(expectedTime(o.root, manifest.stages, threads), 1);
    say(`\n${countsOf(statuses)}; left: ${left}; submitted ${at}, manifest ${hash}`);
  },
});

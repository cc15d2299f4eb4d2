/**
 * @file `status`: how far a sweep is, from its files; other hosts' cells too.
 */
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { z } from "zod";
import type { FrozenCell } from "../cells/frozen.js";
import { earlierManifests, newestManifest } from "../cells/manifest.js";
import { sweepNamed } from "../files/layout.js";
import { statusReader } from "../stage/status.js";
import { type CellStatus, cellStatuses } from "../sweep/cellStatus.js";
import { expectedTime, timeText } from "../sweep/expected.js";
import { threadsFor } from "../sweep/resources.js";
import { countsOf, resultTable } from "../sweep/summary.js";
import { json, root, say, sweep } from "./shared.js";

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

/** What is said of a cell to a program. */
const plain = ({ cell: { key, label, stages }, ...rest }: CellStatus) => ({
  key,
  label,
  stages: stages.length,
  ...rest,
});

function cellTable(statuses: readonly CellStatus[], earlier: readonly CellStatus[]): string {
  const row = ({ cell, state, done, seconds, note }: CellStatus, usual: string) => {
    return [cell.label, state, `${done}/${cell.stages.length}`, `${Math.round(seconds)} s`, note || usual];
  };
  const rows = [...statuses.map((one) => row(one, "")), ...earlier.map((one) => row(one, "earlier definition"))];
  return alignTable([["cell", "state", "stages", "took", ""], ...rows]);
}

export const status = defineCommand({
  name: "status",
  summary: "how far a sweep is: its cells, their states, the results so far",
  options,
  async run(o) {
    const name = sweepNamed("status", o.root, o.sweep);
    const { hash, at, manifest } = newestManifest(o.root, name);
    const read = statusReader(o.root);
    const statuses = cellStatuses(o.root, manifest, read);
    const earlier = earlierCells(o.root, name, manifest.cells);
    if (o.json) {
      const facts = { sweep: name, manifest: hash, at, cells: statuses.map(plain), earlier: earlier.map(plain) };
      return say(JSON.stringify(facts, null, 2));
    }
    say(cellTable(statuses, earlier));
    say(`\n${resultTable(o.root, manifest, statuses)}`);
    const left = timeText(expectedTime(read, manifest.stages, threadsFor(undefined, manifest.definition)), 1);
    say(`\n${countsOf(statuses)}; left: ${left}; submitted ${at}, manifest ${hash}`);
  },
});

/**
 * @file `plan`: a definition's cells, what of them is done, and how long the rest would take. Writes nothing.
 */
import { availableParallelism } from "node:os";
import { alignTable, defineCommand } from "@sdtt/core";
import { z } from "zod";
import { expectedTime, timeText } from "./expected.js";
import { loadSpec } from "./load.js";
import { freeze } from "./manifest.js";
import { json, root, say, size, spec } from "./shared.js";
import { cellStatuses } from "./status.js";
import { countsOf } from "./summary.js";

const options = z.object({
  spec,
  root,
  size,
  threads: z.int().positive().optional().describe("threads of a stage; default: the definition's, else all"),
  workers: z.int().positive().default(1).describe("stages at once that the time is told for"),
  json,
});

export const plan = defineCommand({
  name: "plan",
  summary: "show the cells of a definition, what is done already, and the expected time",
  options,
  async run(o) {
    const loaded = await loadSpec(o.spec, o);
    const { hash, manifest } = freeze(o.spec, loaded);
    const { definition, stages, commit, dirty } = manifest;
    const statuses = cellStatuses(o.root, manifest);
    const threads = o.threads ?? definition.limits.threads ?? availableParallelism();
    const time = expectedTime(o.root, stages, threads);
    if (o.json) {
      const cells = statuses.map(({ cell, state }) => ({
        key: cell.key,
        label: cell.label,
        state,
        values: cell.values,
      }));
      return say(JSON.stringify({ hash, commit, dirty, cells, stages: stages.length, expected: time }, null, 2));
    }
    const shared = statuses.reduce((sum, { cell }) => sum + cell.stages.length, 0) - stages.length;
    const rows = statuses.map(({ cell, state, done }) => [cell.label, state, `${done}/${cell.stages.length} stages`]);
    say(`${definition.name}: ${definition.question}\n`);
    say(alignTable([["cell", "state", ""], ...rows]));
    say(`\n${countsOf(statuses)}; ${stages.length} stages, ${shared} shared; ${timeText(time, o.workers)}`);
    say(`manifest ${hash}, commit ${commit.slice(0, 12)}${dirty ? " and changes" : ""}; nothing was written`);
  },
});

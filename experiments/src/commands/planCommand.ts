/**
 * @file `plan`: a definition's cells, what of them is done, and how long the rest would take. Writes nothing.
 */
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { z } from "zod";
import { freeze } from "../cells/manifest.js";
import { type LoadedSpec, loadSpec } from "../spec/load.js";
import { statusReader } from "../stage/status.js";
import { cellStatuses } from "../sweep/cellStatus.js";
import { expectedTime, timeText } from "../sweep/expected.js";
import { largestMemoryMiB, threadsFor, usableMemoryMiB } from "../sweep/resources.js";
import { countsOf } from "../sweep/summary.js";
import { json, root, say, size, spec, threads } from "./shared.js";

const options = z.object({
  spec,
  root,
  size,
  threads,
  workers: z.int().positive().default(1).describe("stages at once that the time is told for"),
  json,
});

type Options = z.output<typeof options>;
type Shown = ReturnType<typeof planned>;

/** All that is to be said, by the files as they are. */
function planned(o: Options, loaded: LoadedSpec) {
  const missing = new Set<string>();
  const { hash, manifest } = freeze(o.spec, loaded, { size: o.size, missing }, o.root);
  const read = statusReader(o.root);
  const statuses = cellStatuses(o.root, manifest, read);
  const time = expectedTime(read, manifest.stages, threadsFor(o.threads, manifest.definition));
  return { hash, manifest, statuses, time, missing: [...missing].sort(), memoryMiB: largestMemoryMiB(manifest) };
}

function asJson({ hash, manifest, statuses, time, missing, memoryMiB }: Shown): string {
  const { commit, dirty, stages } = manifest;
  const cells = statuses.map(({ cell, state }) => ({ key: cell.key, label: cell.label, state, values: cell.values }));
  const facts = { hash, commit, dirty, cells, stages: stages.length, expected: time, memoryMiB, missing };
  return JSON.stringify(facts, null, 2);
}

function asText({ hash, manifest, statuses, time, missing, memoryMiB }: Shown, workers: number): string {
  const { definition, stages, commit, dirty } = manifest;
  const shared = statuses.reduce((sum, { cell }) => sum + cell.stages.length, 0) - stages.length;
  const rows = statuses.map(({ cell, state, done }) => [cell.label, state, `${done}/${cell.stages.length} stages`]);
  const free = usableMemoryMiB();
  const fits = memoryMiB <= free ? "" : `: MORE than the ${Math.round(free)} MiB that are free here`;
  return [
    `${definition.name}: ${definition.question}\n`,
    alignTable([["cell", "state", ""], ...rows]),
    `\n${countsOf(statuses)}; ${stages.length} stages, ${shared} shared; ${timeText(time, workers)}`,
    `largest stage: about ${Math.round(memoryMiB)} MiB${fits}`,
    ...missing.map((path) => `not there yet, and needed before a sweep starts: ${path}`),
    `manifest ${hash}, commit ${commit.slice(0, 12)}${dirty ? " and changes" : ""}; nothing was written`,
  ].join("\n");
}

export const plan = defineCommand({
  name: "plan",
  summary: "show the cells of a definition, what is done already, and the expected time",
  options,
  async run(o) {
    const shown = planned(o, await loadSpec(o.spec, o));
    say(o.json ? asJson(shown) : asText(shown, o.workers));
  },
});

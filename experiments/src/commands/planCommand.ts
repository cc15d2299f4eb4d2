/**
 * @file `plan`: a definition's cells, what of them is done, and how long the rest would take. Writes nothing.
 */
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { formatNumber } from "@sdtt/core/statistics";
import { z } from "zod";
import type { FrozenCell } from "../cells/frozen.js";
import { freeze } from "../cells/manifest.js";
import { type LoadedSpec, loadSpec } from "../spec/load.js";
import { statusReader } from "../stage/status.js";
import { cellStatuses } from "../sweep/cellStatus.js";
import { expectedTime, timeText } from "../sweep/expected.js";
import { type Informative, informativeOrder } from "../sweep/informative.js";
import { largestMemoryMiB, threadsFor, usableMemoryMiB } from "../sweep/resources.js";
import { countsOf } from "../sweep/summary.js";
import { json, order, root, say, size, spec, threads } from "./shared.js";

const options = z.object({
  spec,
  root,
  size,
  threads,
  workers: z.int().positive().default(1).describe("stages at once that the time is told for"),
  order,
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

/** What is left in the order in which it would be run, and what each cell tells; undefined where the definition's order is asked for. */
function orderOf(o: Options, { manifest: { cells }, statuses }: Shown): Informative<FrozenCell>[] | undefined {
  if (o.order === "definition") return undefined;
  const states = new Map(statuses.map(({ cell, state }) => [cell, state]));
  return informativeOrder(cells, (cell) => states.get(cell) === "done");
}

function asJson(o: Options, shown: Shown): string {
  const { hash, manifest, statuses, time, missing, memoryMiB } = shown;
  const order = orderOf(o, shown)?.map(({ cell, variance }) => ({ key: cell.key, variance }));
  const { commit, dirty, stages } = manifest;
  const cells = statuses.map(({ cell, state }) => ({ key: cell.key, label: cell.label, state, values: cell.values }));
  const facts = {
    hash,
    commit,
    dirty,
    cells,
    stages: stages.length,
    expected: time,
    memoryMiB,
    missing,
    ...(order && { order }),
  };
  return JSON.stringify(facts, null, 2);
}

function asText(o: Options, shown: Shown): string {
  const { hash, manifest, statuses, time, missing, memoryMiB } = shown;
  const { workers } = o;
  const { definition, stages, commit, dirty } = manifest;
  const shared = statuses.reduce((sum, { cell }) => sum + cell.stages.length, 0) - stages.length;
  const rows = statuses.map(({ cell, state, done }) => [cell.label, state, `${done}/${cell.stages.length} stages`]);
  const next = orderOf(o, shown)?.map(({ cell, variance }, i) => [String(i + 1), cell.label, formatNumber(variance)]);
  const free = usableMemoryMiB();
  const fits = memoryMiB <= free ? "" : `: MORE than the ${Math.round(free)} MiB that are free here`;
  return [
    `${definition.name}: ${definition.question}\n`,
    alignTable([["cell", "state", ""], ...rows]),
    ...(next
      ? [`\n${alignTable([["next", "cell", "variance that is left, in those of a result's noise"], ...next])}`]
      : []),
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
    say(o.json ? asJson(o, shown) : asText(o, shown));
  },
});

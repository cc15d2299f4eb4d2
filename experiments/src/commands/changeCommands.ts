/**
 * @file `retry` and `cancel`: failed cells are given another chance, and cells that are not wanted are left out.
 */
import { userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { z } from "zod";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { newestManifest } from "../cells/manifest.js";
import { sweepNamed } from "../files/layout.js";
import { cancelJobs } from "../launchers/slurm/jobs.js";
import { readStatus, writeStatus } from "../stage/status.js";
import { cellStatuses } from "../sweep/cellStatus.js";
import { withdrawVerdict, writeVerdict } from "../sweep/verdicts.js";
import { root, rootFlag, say, sweep } from "./shared.js";

const cell = z.string().optional().describe("part of the cells' labels or the beginning of a key; default: all");
const options = z.object({ sweep, root, cell });

function matching(where: string, { cells }: Manifest, part: string | undefined): FrozenCell[] {
  const found = cells.filter(({ label, key }) => part === undefined || label.includes(part) || key.startsWith(part));
  if (found.length > 0) return found;
  const remedy = "See experiments:status for the cells' labels.";
  throw userError(where, "a cell must have that in its label or key", `${part} (flag --cell)`, remedy);
}

export const retry = defineCommand({
  name: "retry",
  summary: "let failed and cancelled cells of a sweep run again; run `sweep` afterwards",
  options,
  async run(o) {
    const name = sweepNamed("retry", o.root, o.sweep);
    const { manifest } = newestManifest(o.root, name);
    let changed = 0;
    for (const { key, stages } of matching("retry", manifest, o.cell)) {
      const failed = stages.filter((stage) => ["failed", "waiting"].includes(readStatus(o.root, stage).state));
      for (const stage of failed) {
        const { error: _, notBefore: __, ...status } = readStatus(o.root, stage);
        writeStatus(o.root, stage, { ...status, state: "stopped", failures: 0 });
      }
      const withdrawn = withdrawVerdict(o.root, name, key);
      if (failed.length > 0 || withdrawn) changed++;
    }
    say(
      `${name}: ${changed} cells will run again with: npx nx run experiments:sweep --spec=${manifest.spec.path}${rootFlag(o.root)}`,
    );
  },
});

export const cancel = defineCommand({
  name: "cancel",
  summary: "leave out the cells of a sweep that are not done, and end its Slurm job when no cell is left",
  options,
  async run(o) {
    const name = sweepNamed("cancel", o.root, o.sweep);
    const { manifest } = newestManifest(o.root, name);
    const wanted = new Set(matching("cancel", manifest, o.cell).map(({ key }) => key));
    const open = cellStatuses(o.root, manifest).filter(({ state }) => !["done", "pruned", "cancelled"].includes(state));
    const chosen = open.filter((one) => wanted.has(one.cell.key));
    for (const one of chosen) writeVerdict(o.root, name, one.cell.key, "cancelled", "by experiments:cancel");
    const ended = await cancelJobs(
      o.root,
      manifest,
      chosen.map((one) => one.cell),
    );
    const after = ended.length > 0 ? `, Slurm jobs ended: ${ended.join(", ")}` : "";
    say(`${name}: ${chosen.length} cells cancelled; stages that run now come to their end${after}`);
  },
});

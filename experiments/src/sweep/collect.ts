/**
 * @file Puts the stores of stages into the root's store, with where their rows come from.
 *
 * Each stage writes a store of its own; merging again changes nothing, so a runner that was killed between a stage's
 * end and its merge loses nothing: the next one merges what has no marker.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import { isEvaluation, isRecorded, mergeStore, openStore, type RunRecord } from "@sdtt/core/store";
import { stageFolder, sweepFolder } from "@sdtt/core/sweep";
import { storePath } from "@sdtt/core/workspace";
import type { FrozenStage, Manifest } from "../cells/frozen.js";
import { workStore } from "../stage/command.js";
import { readStatus } from "../stage/status.js";
import { knownJob } from "./jobFile.js";

/** A difference above this is in its file only. */
const inlineBytes = 1 << 20;

/** Merges the stores of stages, done ones once, others whenever asked. */
export function collect(root: string, hash: string, manifest: Manifest, stages: readonly FrozenStage[]): void {
  const fresh = stages.filter((stage) => !isMerged(root, stage) && isRecorded(workStore(root, stage)));
  for (const stage of fresh) {
    mergeStore(workStore(root, stage), storePath(root));
    noteOrigin(root, hash, manifest, stage);
    const { state, attempts } = readStatus(root, stage.key);
    if (state === "done") writeFileAtomic(markerOf(root, stage), `${attempts}\n`);
  }
}

const markerOf = (root: string, { key }: FrozenStage): string => join(stageFolder(root, key), "merged");

function isMerged(root: string, stage: FrozenStage): boolean {
  const marker = markerOf(root, stage);
  return (
    existsSync(marker) &&
    Number(readFileSync(marker, "utf8")) === readStatus(root, stage.key).attempts &&
    isRecorded(storePath(root))
  );
}

/** An event at each of the stage's runs: manifest, cells, commit and the difference to it. */
function noteOrigin(root: string, hash: string, manifest: Manifest, stage: FrozenStage): void {
  const { definition, commit, dirty, diff, cells } = manifest;
  const labels = cells.filter(({ stages }) => stages.includes(stage.key)).map(({ label }) => label);
  const { slurmJob } = readStatus(root, stage.key);
  const known = knownJob(root, manifest);
  const told = known?.job === slurmJob ? known?.arguments : undefined;
  const job = slurmJob && { slurm: { job: slurmJob, arguments: told } };
  const data = { sweep: definition.name, manifest: hash, stage: stage.key, cells: labels, commit, dirty, diff };
  const patch = diff && readDiff(root, definition.name, diff);
  const store = openStore(storePath(root));
  try {
    store.saveExperiment({ name: definition.name, question: definition.question });
    for (const { id, startedAt } of runsOf(root, stage)) {
      // A run from the code that was submitted has kept the same itself.
      const isKept = store.events(id).some(({ kind, data }) => kind === "code" && data?.hash === diff);
      const inline = patch && !isKept && patch.length <= inlineBytes ? { patch } : {};
      const event = {
        runId: id,
        at: startedAt,
        kind: "provenance",
        message: `${definition.name}: ${stage.kind} ${stage.key}`,
      };
      store.addEvent({ ...event, data: { ...data, ...job, ...inline } });
    }
  } finally {
    store.close();
  }
}

/** The runs that the stage made. */
export function runsOf(root: string, stage: FrozenStage): RunRecord[] {
  const store = openStore(workStore(root, stage), { readonly: true });
  try {
    return store.runs().filter(({ round }) => isEvaluation(stage.kind) || round === stage.round);
  } finally {
    store.close();
  }
}

function readDiff(root: string, name: string, diff: string): string {
  const path = join(sweepFolder(root, name), "diffs", `${diff}.patch`);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

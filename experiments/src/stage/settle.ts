/**
 * @file Completes a training stage whose process was killed after its last checkpoint: the rows that belong to it, and
 * the removal of the checkpoint before.
 *
 * The checkpoint is what counts: distill sees that the round is done and writes nothing more. Every row here is one that
 * distill writes too, from the same checkpoint, so writing it again changes nothing.
 */
import { type CheckpointState, readCheckpointState } from "@sdtt/core/checkpoint";
import { isTraining, openStore, type Store } from "@sdtt/core/store";
import { workFolder } from "@sdtt/core/sweep";
import { roundFolder } from "@sdtt/core/workspace";
import { progressOf, removeOlderCheckpoints } from "@sdtt/distill/runs";
import type { FrozenStage } from "../cells/frozen.js";
import { workStore } from "./command.js";

export function settleStage(root: string, stage: FrozenStage): void {
  if (!isTraining(stage.kind)) return;
  const folder = roundFolder(workFolder(root, stage.run), stage.name, stage.round);
  const progress = progressOf(folder);
  if (!progress?.isDone) return;
  removeOlderCheckpoints(folder);
  const store = openStore(workStore(root, stage));
  try {
    const runId = `${stage.name}/round-${stage.round}`;
    if (store.run(runId)) settle(store, runId, stage, progress);
  } finally {
    store.close();
  }
}

function settle(
  store: Store,
  runId: string,
  stage: FrozenStage,
  { path, facts }: { path: string; facts: CheckpointState },
) {
  const { hashes } = readCheckpointState(path);
  const { update, updates, dt, round, lineage } = facts;
  const teacherHash = lineage.at(-1);
  const known = new Set(store.checkpoints({ runId }).map(({ hash }) => hash));
  for (const [weights, hash] of [
    ["raw", hashes.model],
    ["ema", hashes.ema],
  ] as const) {
    if (hash && !known.has(hash)) store.addCheckpoint({ hash, runId, round, weights, path, update, teacherHash });
  }
  if (stage.kind === "round" && teacherHash && !store.rounds(runId).some(({ studentHash }) => studentHash)) {
    const studentHash = stage.options.weights === "ema" ? (hashes.ema ?? hashes.model) : hashes.model;
    store.saveRound({ runId, round, dt, updates, teacherHash, studentHash, finishedAt: new Date().toISOString() });
  }
  if (store.run(runId)?.status !== "done") store.finishRun(runId, "done");
}

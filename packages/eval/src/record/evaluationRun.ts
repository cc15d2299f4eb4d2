/**
 * @file The store's row of one evaluation command: who asked, with what, and whether it came to its end.
 */
import { stopCode, stopRequests } from "@sdtt/core/base";
import type { CommandContext } from "@sdtt/core/cli";
import type { Engine } from "@sdtt/core/engine";
import {
  addKnown,
  type EvaluationStage,
  isEvaluation,
  noteCode,
  openStore,
  readKnown,
  recorded,
  type Store,
} from "@sdtt/core/store";
import { codeState, knownFigures, machineOf, storePath } from "@sdtt/core/workspace";
import type { Checkpoint } from "./checkpoint.js";

/** Precision that a row's figures were made with. Draws in float32 would be another regime (docs/method.md, 4). */
export const precision = "float32, drawn in float64";

export interface EvaluationRequest {
  readonly stage: EvaluationStage;
  readonly root: string;
  readonly name?: string | undefined;
  readonly experiment?: string | undefined;
  readonly seed: number;
  /** What is evaluated; text that no model wrote has no checkpoint beyond a name and a hash. */
  readonly checkpoint: Checkpoint | Pick<Checkpoint, "run" | "round" | "hash">;
  readonly teacher?: Checkpoint | undefined;
}

export interface EvaluationRun {
  readonly store: Store;
  readonly runId: string;
  /** Does `work` and closes the run; a failure is kept with its reason. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/** The experiment that the checkpoint's own run belongs to, or one of the run's name. */
function experimentOf(store: Store, { hash, run }: EvaluationRequest["checkpoint"]): string {
  const made = store.checkpoints({ hash }).map(({ runId }) => store.run(runId));
  return made.find((one) => one !== undefined && !isEvaluation(one.stage))?.experiment ?? run;
}

/**
 * Starts the row; a signal marks it as stopped and ends the process (what is stored by then is whole).
 *
 * The checkpoints are recorded under this run, so that figures made earlier count in this experiment too.
 */
export function openEvaluationRun(request: EvaluationRequest, engine: Engine, context: CommandContext): EvaluationRun {
  const { stage, root, seed, checkpoint, teacher } = request;
  const store = openStore(storePath(root));
  const known = readKnown(knownFigures);
  if (known) addKnown(store, known);
  const { config, configHash, argv } = context;
  const runId = `${checkpoint.run}/${stage}-${checkpoint.hash.slice(0, 12)}-${configHash.slice(0, 12)}`;
  const code = codeState(undefined, [root]);
  store.startRun({
    id: runId,
    name: request.name ?? checkpoint.run,
    experiment: request.experiment ?? experimentOf(store, checkpoint),
    stage,
    round: checkpoint.round,
    seed,
    config,
    configHash,
    ...{ commit: code.commit, dirty: code.dirty },
    engine: engine.description,
    machine: machineOf(),
    command: `eval ${argv.join(" ")}`,
    teacherHash: teacher?.hash ?? null,
  });
  noteCode(store, runId, code);
  const checkpoints = [checkpoint, teacher].filter((one): one is Checkpoint => one !== undefined && "path" in one);
  for (const { hash, round, weights, path, update, lineage } of checkpoints) {
    store.addCheckpoint({ hash, runId, round, weights, path, update, teacherHash: lineage.at(-1) ?? null });
  }
  const end = (signal: string) => {
    store.finishRun(runId, "stopped");
    process.exit(stopCode(signal as NodeJS.Signals));
  };
  const stop = stopRequests(end, end);
  return {
    store,
    runId,
    async during(work) {
      try {
        return await recorded(store, runId, work);
      } finally {
        stop.release();
      }
    },
  };
}

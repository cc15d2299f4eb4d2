/**
 * @file The controls of a report: rounds that teach nothing new, and the teacher trained on for as many updates.
 *
 * Without them a gain may be dropout, an average or more updates: a round without any time in it took 3 to 4 % off gen-PPL where the
 * first round took 5 to 8.
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { checkpointFolder, parseState, readCheckpointState } from "@sdtt/core/checkpoint";
import { roundFolder, runFolder, runsFolder } from "@sdtt/core/workspace";
import { type Checkpoint, openCheckpoint } from "./checkpoint.js";
import { type ReportSubject, refuseUnlike, roundFolders, roundNumbers, type SubjectRequest } from "./subjects.js";

export interface ControlRequest extends SubjectRequest {
  /** Runs of controls; "auto": those that were made beside the run; "none". */
  readonly controls: readonly string[];
}

/** Runs that say of themselves that they are controls beside `run`. */
function controlsBeside(root: string, run: string): string[] {
  const runs = existsSync(runsFolder(root)) ? readdirSync(runsFolder(root)).sort() : [];
  return runs.filter((name) => {
    const [first] = name === run ? [] : roundNumbers(runFolder(root, name));
    if (first === undefined) return false;
    const folder = checkpointFolder(roundFolder(root, name, first));
    if (!existsSync(join(folder, "state.json"))) return false;
    const { control, config } = parseState(`checkpoint ${folder}`, readCheckpointState(folder).state);
    return Boolean(control) && config.beside === run;
  });
}

/** "null, round 2": what a control is, and as many rounds as which student it had. */
const controlLabel = ({ control, round }: Checkpoint): string =>
  `${control === "equal-updates" ? "equal updates" : control}, round ${round}`;

/**
 * The controls of a report, in the order of their runs: rounds that teach nothing new, the teacher trained on for as many updates.
 *
 * Throws   UserError where a run that is named has none of the rounds, or is no control
 */
export function reportControls(request: ControlRequest, last: Checkpoint): ReportSubject[] {
  const { run, root, rounds, controls, weights } = request;
  const named = controls.filter((name) => name !== "auto" && name !== "none");
  const beside = controls.includes("auto") && run !== undefined ? controlsBeside(root, run) : [];
  const folders = [
    ...named.flatMap((name) => roundFolders(request, name)),
    // Those that nobody named may have fewer rounds than the run.
    ...beside
      .filter((name) => !named.includes(name))
      .flatMap((name) => {
        const own = roundNumbers(runFolder(root, name)).filter((round) => rounds?.includes(round) ?? true);
        return own.map((round) => roundFolder(root, name, round));
      }),
  ];
  const opened = folders.map((folder) => openCheckpoint(folder, weights));
  return opened.flatMap((checkpoint): ReportSubject[] => {
    refuseUnlike(checkpoint, last, root);
    if (checkpoint.control === null) {
      const got = `${checkpoint.run}, a run of students`;
      throw userError("report", "--controls must name runs of controls", got, "Give runs of `round --control=…`.");
    }
    return checkpoint.unfinished === undefined ? [{ label: controlLabel(checkpoint), checkpoint }] : [];
  });
}

/**
 * @file Submitted sweeps under the folders of the open stores, with what is final of them kept in memory: a sweep of 500
 * cells has thousands of files.
 */

import { type CellState, cellState, type SweepCell, type SweepManifest, sweepFolders } from "@sdtt/core/sweep";
import { unique } from "../../charts/data/lines.js";
import type { Figure, Stage } from "./files.js";
import { newestManifestHash, readFigures, readLogTail, readManifest, readStage, readVerdict } from "./files.js";

export type { CellState };

export interface SubmittedCell {
  readonly cell: SweepCell;
  readonly state: CellState;
  /** Why it does not go on; else empty. */
  readonly note: string;
  /** The last round that was judged, and its figures. */
  readonly round: number | null;
  readonly figures: readonly Figure[];
  /** Of each of the teacher's temperatures that a gain is read off; empty where one is not measured yet. */
  readonly control: readonly (readonly Figure[])[];
  /** When its last stage ended; empty while it is not done. */
  readonly doneAt: string;
}

export interface SubmittedSweep {
  readonly root: string;
  readonly manifest: SweepManifest;
  readonly cells: readonly SubmittedCell[];
}

export interface SweepFiles {
  /** Of all sweeps that were submitted. */
  names(): string[];
  /** The sweep of that name; undefined where none was submitted. Throws UserError where its files are damaged. */
  sweep(name: string): SubmittedSweep | undefined;
  /** The end of a stage's log; empty where there is none. */
  logTail(stage: string): string;
}

/** What never changes, once it is read. */
interface Final {
  readonly done: Map<string, Stage>;
  readonly judged: Map<string, Figure[]>;
  readonly manifests: Map<string, SweepManifest>;
}

interface Stages {
  status(root: string, key: string): Stage;
  figures(root: string, key: string): Figure[];
}

/** Reads each stage once, and one that is done once for ever. */
function stagesOf({ done, judged }: Final): Stages {
  const seen = new Map<string, Stage>();
  return {
    status(root, key) {
      const known = done.get(key) ?? seen.get(key);
      if (known) return known;
      const status = readStage(root, key);
      (status.state === "done" ? done : seen).set(key, status);
      return status;
    },
    figures(root, key) {
      const known = judged.get(key);
      if (known) return known;
      const found = readFigures(root, key);
      if (found.length > 0) judged.set(key, found);
      return found;
    },
  };
}

function controlOf(root: string, { control = [] }: SweepCell, stages: Stages): Figure[][] {
  const all = control.map((key) => stages.figures(root, key));
  return all.some((figures) => figures.length === 0) ? [] : all;
}

function cellOf(root: string, { definition }: SweepManifest, cell: SweepCell, stages: Stages): SubmittedCell {
  const own = cell.stages.map((key) => stages.status(root, key));
  const states = own.map(({ state }) => state);
  const verdict = cellState(states) === "done" ? undefined : readVerdict(root, definition.name, cell.key);
  const state = cellState(states, verdict);
  const failed = own.find(({ state }) => state === "failed");
  const judged = Object.entries(cell.byRound)
    .map(([round, key]) => ({ round: Number(round), figures: stages.figures(root, key) }))
    .filter(({ round, figures }) => round > 0 && figures.length > 0)
    .sort((a, b) => b.round - a.round)[0];
  return {
    cell,
    state,
    note: verdict?.reason ?? failed?.error ?? "",
    round: judged?.round ?? null,
    figures: judged?.figures ?? [],
    control: controlOf(root, cell, stages),
    doneAt:
      state === "done"
        ? (own
            .map(({ endedAt = "" }) => endedAt)
            .sort()
            .at(-1) ?? "")
        : "",
  };
}

function manifestOf(root: string, name: string, { manifests }: Final): SweepManifest | undefined {
  const hash = newestManifestHash(root, name);
  const known = hash === undefined ? undefined : manifests.get(hash);
  if (hash === undefined || known !== undefined) return known;
  const read = readManifest(root, name, hash);
  if (read !== undefined) manifests.set(hash, read);
  return read;
}

/** @param roots folders that hold a store and what was run beside it; asked at each call */
export function sweepFiles(roots: () => readonly string[]): SweepFiles {
  const final: Final = { done: new Map(), judged: new Map(), manifests: new Map() };
  return {
    names: () => unique(roots().flatMap(sweepFolders)),
    sweep(name) {
      const root = roots().find((folder) => sweepFolders(folder).includes(name));
      const manifest = root === undefined ? undefined : manifestOf(root, name, final);
      if (root === undefined || manifest === undefined) return undefined;
      const stages = stagesOf(final);
      return { root, manifest, cells: manifest.cells.map((cell) => cellOf(root, manifest, cell, stages)) };
    },
    logTail(stage) {
      const found = roots().map((root) => readLogTail(root, stage));
      return found.find((text) => text !== "") ?? "";
    },
  };
}

/**
 * @file The store files that the page shows, opened when they can be: one that is absent, damaged, newer or half-written
 * is explained on the page and tried again, and does not keep the others from being shown.
 */
import { dirname } from "node:path";
import { UserError } from "@sdtt/core/base";
import { declareMetrics } from "@sdtt/core/statistics";
import { openStore, type Store } from "@sdtt/core/store";
import { type SweepFiles, sweepFiles } from "../sweepFiles/submitted.js";
import { type EvaluationReports, evaluationReports } from "./evaluationReports.js";
import { mergedReader, type Reader } from "./merged.js";
import { remembering, type Version } from "./remembering.js";

export interface StoreState {
  readonly path: string;
  /** Null: open. */
  readonly problem: string | null;
}

export interface Stores {
  /** All open stores as one. */
  readonly reader: Reader;
  /** What was submitted beside them. */
  readonly sweeps: SweepFiles;
  /** What was evaluated completely beside them. */
  readonly reports: EvaluationReports;
  states(): StoreState[];
  version(): Version;
  /** Writes into the store that holds the run or experiment; the first open one for what none holds. */
  write(holds: (store: Store) => boolean, work: (store: Store) => void): void;
  close(): void;
}

const retryMs = 1000;

interface Entry {
  readonly path: string;
  store: Store | null;
  problem: string;
  triedAt: number;
  opened: number;
  /** As its definitions were last looked at. */
  figures: string;
}

function tryOpen(entry: Entry, now: number): void {
  if (entry.store !== null || now - entry.triedAt < retryMs) return;
  entry.triedAt = now;
  try {
    entry.store = openStore(entry.path, { readonly: true });
    entry.opened++;
    entry.problem = "";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    entry.problem = error.message;
  }
}

/** A file that fails while it is read is closed, explained, and tried again. */
function versionOf(entry: Entry): Version {
  const closed = { all: "closed", figures: "closed" };
  if (entry.store === null) return closed;
  if (entry.store.isStale()) {
    entry.store.close();
    entry.store = null;
    return closed;
  }
  try {
    const { dataVersion, runs, evaluations } = entry.store.cursor();
    const figures = `${entry.opened}.${runs}.${evaluations}`;
    if (figures !== entry.figures) declareMetrics(entry.store.definitions());
    entry.figures = figures;
    return { all: `${entry.opened}.${dataVersion}`, figures };
  } catch (error) {
    entry.problem = error instanceof Error ? error.message : String(error);
    entry.store.close();
    entry.store = null;
    return closed;
  }
}

function writeTo(store: Store, work: (store: Store) => void): void {
  const writable = openStore(store.path);
  try {
    work(writable);
  } finally {
    writable.close();
  }
}

export function openStores(paths: readonly string[]): Stores {
  const entries = [...new Set(paths)].map(
    (path): Entry => ({ path, store: null, problem: "", triedAt: -Infinity, opened: 0, figures: "" }),
  );
  let isClosed = false;
  const open = (): Store[] => {
    if (isClosed) return [];
    for (const entry of entries) tryOpen(entry, performance.now());
    return entries.flatMap(({ store }) => (store === null ? [] : [store]));
  };
  const version = (): Version => {
    open();
    const versions = entries.map(versionOf);
    return { all: versions.map(({ all }) => all).join(" "), figures: versions.map((one) => one.figures).join(" ") };
  };
  const folders = () => [...new Set(open().map(({ path }) => dirname(path)))];
  return {
    reader: remembering(mergedReader(open), version),
    sweeps: sweepFiles(folders),
    reports: evaluationReports(folders),
    states: () => {
      open();
      return entries.map(({ path, store, problem }) => ({ path, problem: store === null ? problem : null }));
    },
    version,
    write: (holds, work) => {
      const stores = open();
      const store = stores.find(holds) ?? stores[0];
      if (store === undefined)
        throw new UserError(entries[0]?.problem ?? "dashboard: there is no store to write into.");
      writeTo(store, work);
    },
    close: () => {
      isClosed = true;
      for (const entry of entries) {
        entry.store?.close();
        entry.store = null;
      }
    },
  };
}

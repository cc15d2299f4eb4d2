/**
 * @file Runs as the page lists them: with tags, progress, rate and time left; filtered, sorted and cut into pages.
 */
import { userError } from "@sdtt/core/base";
import type { RunProgress, RunRecord } from "@sdtt/core/store";
import { groupBy, unique } from "../charts/data/lines.js";
import { checkFields, type Fields, matches, parseFilter } from "./filter.js";
import { drawnOf } from "./names.js";
import { sortedBy } from "./sorted.js";
import type { Reader } from "./stores/merged.js";

export interface RunItem {
  readonly run: Omit<RunRecord, "config"> & { readonly drawn?: string };
  readonly tags: readonly string[];
  readonly isArchived: boolean;
  /** Running by its own word, but without a sign of life for a while. */
  readonly isSilent: boolean;
  readonly progress: RunProgress | null;
  /** Updates a second, by the last update's time. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
  readonly seconds: number;
  /** Values of the config keys that were asked for. */
  readonly columns: Readonly<Record<string, unknown>>;
}

export interface RunPage {
  readonly total: number;
  readonly items: readonly RunItem[];
  /** Keys of the configs of all listed runs. */
  readonly configKeys: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
}

export interface RunQuery {
  readonly filter?: string | undefined;
  readonly sort?: string | undefined;
  readonly columns?: readonly string[];
  readonly offset?: number;
  readonly limit?: number;
  readonly archived?: boolean;
}

const archivedTag = "archived";
const silentMs = 10 * 60_000;

interface Entry {
  readonly run: RunRecord;
  readonly tags: readonly string[];
  readonly progress: RunProgress | undefined;
}

const isArchived = ({ tags }: Entry) => tags.includes(archivedTag);

function seconds({ startedAt, finishedAt, heartbeatAt }: RunRecord): number {
  return (Date.parse(finishedAt ?? heartbeatAt) - Date.parse(startedAt)) / 1000;
}

/** A run's own fields, and what is derived; they win over keys of its config of the same name. */
const ownFields: Readonly<Record<string, (entry: Entry) => unknown>> = {
  ...Object.fromEntries(
    (
      "id name experiment stage round seed configHash commit dirty engine machine command teacherHash status attempt " +
      "startedAt heartbeatAt finishedAt"
    )
      .split(" ")
      .map((name) => [name, ({ run }: Entry) => run[name as keyof RunRecord]]),
  ),
  update: ({ progress }) => progress?.update,
  loss: ({ progress }) => progress?.loss,
  tokens: ({ progress }) => progress?.tokens,
  tag: ({ tags }) => tags,
  started: ({ run }) => run.startedAt,
  seconds: ({ run }) => seconds(run),
};

/** What a filter or a sort may name of a run: `config.lr` is the config's also where the run has a field `lr`. */
const fieldsOf =
  (entry: Entry): Fields =>
  (name) => {
    if (Object.hasOwn(ownFields, name)) return ownFields[name]?.(entry);
    return entry.run.config[name.startsWith("config.") ? name.slice(7) : name];
  };

function entriesOf(reader: Reader): Entry[] {
  const tags = groupBy(reader.tags(), ({ runId }) => runId);
  const progress = new Map(reader.progress().map((p) => [p.runId, p]));
  return reader.runs().map((run) => {
    return { run, tags: (tags.get(run.id) ?? []).map(({ tag }) => tag), progress: progress.get(run.id) };
  });
}

export function itemOf(entry: Entry, columns: readonly string[], now: number): RunItem {
  const { run, tags, progress } = entry;
  const { config, ...rest } = run;
  const rate = progress?.wallMs ? 1000 / progress.wallMs : null;
  const left = progress?.planned && rate ? (progress.planned - progress.update) / rate : null;
  const isRunning = run.status === "running";
  return {
    run: { ...rest, drawn: drawnOf(config) },
    tags: tags.filter((tag) => tag !== archivedTag),
    isArchived: isArchived(entry),
    isSilent: isRunning && now - Date.parse(run.heartbeatAt) > silentMs,
    progress: progress ?? null,
    rate,
    secondsLeft: isRunning && left !== null ? Math.max(0, left) : null,
    seconds: seconds(run),
    columns: Object.fromEntries(columns.map((key) => [key, config[key] ?? null])),
  };
}

function sorted(rows: readonly Entry[], sort: string, isKnown: (name: string) => boolean): Entry[] {
  const isDown = sort.startsWith("-");
  const field = isDown ? sort.slice(1) : sort;
  if (!isKnown(field)) {
    throw userError("runs", "sort must name a field of the runs", sort, "Choose a column's head.");
  }
  return sortedBy(rows, isDown, (entry) => fieldsOf(entry)(field));
}

/** Throws UserError for a filter or sort that cannot be understood. */
export function listRuns(reader: Reader, query: RunQuery, now = Date.now()): RunPage {
  const { filter = "", sort = "-startedAt", columns = [], offset = 0, limit = 100, archived = false } = query;
  const terms = parseFilter(filter);
  const all = entriesOf(reader);
  const configKeys = unique(all.flatMap(({ run }) => Object.keys(run.config))).sort();
  const known = new Set([...Object.keys(ownFields), ...configKeys, ...configKeys.map((key) => `config.${key}`)]);
  if (all.length > 0) checkFields(terms, known);
  const shown = all.filter((entry) => archived === isArchived(entry) && matches(terms, fieldsOf(entry)));
  const statuses = groupBy(shown, ({ run }) => run.status);
  const ordered = all.length === 0 ? [] : sorted(shown, sort, (name) => known.has(name));
  return {
    total: shown.length,
    items: ordered.slice(offset, offset + limit).map((entry) => itemOf(entry, columns, now)),
    configKeys,
    statuses: Object.fromEntries([...statuses].map(([status, runs]) => [status, runs.length])),
  };
}

/**
 * @file Runs as the page lists them: with tags, progress, rate and time left; filtered, sorted and cut into pages.
 */
import { type Progress, type RunRecord, userError } from "@sdtt/core/store";
import { groupBy } from "../charts/lines.js";
import type { Reader } from "../stores/merged.js";
import { checkFields, type Fields, matches, parseFilter } from "./filter.js";

export interface RunItem {
  readonly run: Omit<RunRecord, "config">;
  readonly tags: readonly string[];
  readonly isArchived: boolean;
  /** Running by its own word, but without a sign of life for a while. */
  readonly isSilent: boolean;
  readonly progress: Progress | null;
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

export const archivedTag = "archived";
const silentMs = 10 * 60_000;

interface Entry {
  readonly run: RunRecord;
  readonly tags: readonly string[];
  readonly progress: Progress | undefined;
}

function seconds({ startedAt, finishedAt, heartbeatAt }: RunRecord): number {
  return (Date.parse(finishedAt ?? heartbeatAt) - Date.parse(startedAt)) / 1000;
}

/** What a filter or a sort may name; a run's own fields win over keys of its config. */
function fieldsOf({ run, tags, progress }: Entry): Fields {
  const { config, ...own } = run;
  const progressed = { update: progress?.update, loss: progress?.loss, tokens: progress?.tokens };
  const nested = Object.fromEntries(Object.entries(config).map(([key, value]) => [`config.${key}`, value]));
  return { ...config, ...nested, ...own, ...progressed, tag: tags, started: run.startedAt, seconds: seconds(run) };
}

function entriesOf(reader: Reader): Entry[] {
  const tags = groupBy(reader.tags(), ({ runId }) => runId);
  const progress = new Map(reader.progress().map((p) => [p.runId, p]));
  return reader.runs().map((run) => {
    return { run, tags: (tags.get(run.id) ?? []).map(({ tag }) => tag), progress: progress.get(run.id) };
  });
}

export function itemOf({ run, tags, progress }: Entry, columns: readonly string[], now: number): RunItem {
  const { config, ...rest } = run;
  const rate = progress?.wallMs ? 1000 / progress.wallMs : null;
  const left = progress?.planned && rate ? (progress.planned - progress.update) / rate : null;
  const isRunning = run.status === "running";
  return {
    run: rest,
    tags: tags.filter((tag) => tag !== archivedTag),
    isArchived: tags.includes(archivedTag),
    isSilent: isRunning && now - Date.parse(run.heartbeatAt) > silentMs,
    progress: progress ?? null,
    rate,
    secondsLeft: isRunning && left !== null ? Math.max(0, left) : null,
    seconds: seconds(run),
    columns: Object.fromEntries(columns.map((key) => [key, config[key] ?? null])),
  };
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a === undefined || a === null) return b === undefined || b === null ? 0 : 1;
  return b === undefined || b === null ? -1 : String(a).localeCompare(String(b));
}

function sorted(rows: readonly [Entry, Fields][], sort: string, known: ReadonlySet<string>): [Entry, Fields][] {
  const isDown = sort.startsWith("-");
  const field = isDown ? sort.slice(1) : sort;
  if (!known.has(field)) {
    throw userError("runs", "sort must name a field of the runs", sort, "Choose a column's head.");
  }
  const sign = isDown ? -1 : 1;
  return [...rows].sort(([, a], [, b]) => sign * compare(a[field], b[field]));
}

/** Throws UserError for a filter or sort that cannot be understood. */
export function listRuns(reader: Reader, query: RunQuery, now = Date.now()): RunPage {
  const { filter = "", sort = "-startedAt", columns = [], offset = 0, limit = 100, archived = false } = query;
  const terms = parseFilter(filter);
  const all = entriesOf(reader).map((entry): [Entry, Fields] => [entry, fieldsOf(entry)]);
  const known = new Set(all.flatMap(([, fields]) => Object.keys(fields)));
  if (all.length > 0) checkFields(terms, known);
  const shown = all.filter(([{ tags }, fields]) => archived === tags.includes(archivedTag) && matches(terms, fields));
  const statuses = groupBy(shown, ([{ run }]) => run.status);
  const ordered = shown.length === 0 ? shown : sorted(shown, sort, known);
  return {
    total: shown.length,
    items: ordered.slice(offset, offset + limit).map(([entry]) => itemOf(entry, columns, now)),
    configKeys: [...new Set(shown.flatMap(([{ run }]) => Object.keys(run.config)))].sort(),
    statuses: Object.fromEntries([...statuses].map(([status, runs]) => [status, runs.length])),
  };
}

/**
 * @file Puts the rows of one store into another, so that no order and no repetition of merges changes the result.
 *
 * Of two rows with one key the greater stays, under an order that knows nothing of who came first: so merging is a
 * maximum, which is idempotent, commutative and associative. An evaluation and its samples are one row in this sense.
 * Rows are compared as SQLite has them (NaN is a NULL that is named in `nan_columns`), so no value is lost.
 */
import type Database from "better-sqlite3";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { connect } from "./connect.js";
import { explained } from "./failure.js";
import * as t from "./schema.js";

type Row = Readonly<Record<string, unknown>>;

/** Rows that were new, and rows that replaced a lesser one. */
export interface MergeReport {
  readonly added: number;
  readonly replaced: number;
}

/** What decides between two rows before their other columns do: later attempts and questions that are not empty win. */
const ranks: Readonly<Record<string, readonly string[]>> = {
  experiments: ["question"],
  runs: ["attempt", "finished_at", "heartbeat_at"],
  rounds: ["finished_at"],
  evaluations: ["created_at"],
};

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly keys: readonly string[];
  /** Rows of another table that go with this one's: samples with their evaluation. */
  readonly parts?: { readonly table: Table; readonly column: string };
}

/** The schema's tables, parents before children: a module's members come in the order of their names. */
function tableNames(client: Database.Database): string[] {
  const names = Object.values(t).flatMap((value) => (is(value, SQLiteTable) ? [getTableConfig(value).name] : []));
  const ordered = new Set<string>();
  const add = (name: string) => {
    const parents = client.pragma(`foreign_key_list(${name})`) as { table: string }[];
    for (const { table } of parents) if (table !== name && !ordered.has(table)) add(table);
    ordered.add(name);
  };
  names.forEach(add);
  return [...ordered];
}

function tablesOf(client: Database.Database): Table[] {
  const tables = tableNames(client).map((name): Table => {
    const columns = client.pragma(`table_info(${name})`) as { name: string; pk: number }[];
    const keys = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    return { name, columns: columns.map((column) => column.name), keys: keys.map((column) => column.name) };
  });
  const samples = tables.find(({ name }) => name === "samples") as Table;
  return tables
    .filter((table) => table !== samples)
    .map((table) =>
      table.name === "evaluations" ? { ...table, parts: { table: samples, column: "evaluation_key" } } : table,
    );
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

/** Null before numbers before text. */
function compare(a: unknown, b: unknown): number {
  const rank = (value: unknown) => (value === null ? 0 : typeof value === "string" ? 2 : 1);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === b || a === null) return 0;
  return (a as number) < (b as number) ? -1 : 1;
}

interface Unit {
  readonly row: Row;
  readonly parts: readonly Row[];
}

/** The order of two units with one key: ranks, then having parts, then all columns, then the parts' columns. */
function compareUnits(table: Table, a: Unit, b: Unit): number {
  const columns = (names: readonly string[], one: Row, other: Row) => {
    for (const name of names) {
      const order = compare(one[name], other[name]);
      if (order !== 0) return order;
    }
    return 0;
  };
  const first = columns(ranks[table.name] ?? [], a.row, b.row);
  if (first !== 0) return first;
  const size = compare(a.parts.length, b.parts.length);
  const whole = size !== 0 ? size : columns(table.columns, a.row, b.row);
  if (whole !== 0) return whole;
  for (const [i, part] of a.parts.entries()) {
    const order = columns(table.parts?.table.columns ?? [], part, b.parts[i] as Row);
    if (order !== 0) return order;
  }
  return 0;
}

function partsReader(client: Database.Database, { parts }: Table): (row: Row) => Row[] {
  if (!parts) return () => [];
  const { table, column } = parts;
  const select = client.prepare(`SELECT * FROM "${table.name}" WHERE "${column}" = ? ORDER BY ${quoted(table.keys)}`);
  return (row) => select.all(row.key) as Row[];
}

function inserter(client: Database.Database, { name, columns, keys }: Table): (row: Row) => void {
  const set = columns.filter((column) => !keys.includes(column)).map((column) => `"${column}" = excluded."${column}"`);
  const values = columns.map((column) => `@${column}`).join(", ");
  const insert = client.prepare(
    `INSERT INTO "${name}" (${quoted(columns)}) VALUES (${values}) ON CONFLICT (${quoted(keys)}) DO UPDATE SET ${set.join(", ")}`,
  );
  return (row) => {
    insert.run(row);
  };
}

function mergeTable(source: Database.Database, target: Database.Database, table: Table): MergeReport {
  const match = table.keys.map((key) => `"${key}" = @${key}`).join(" AND ");
  const find = target.prepare(`SELECT * FROM "${table.name}" WHERE ${match}`);
  const [theirs, ours] = [partsReader(source, table), partsReader(target, table)];
  const insert = inserter(target, table);
  const { parts } = table;
  const insertPart = parts && inserter(target, parts.table);
  const removeParts = parts && target.prepare(`DELETE FROM "${parts.table.name}" WHERE "${parts.column}" = ?`);
  let added = 0;
  let replaced = 0;
  for (const row of source.prepare(`SELECT * FROM "${table.name}"`).iterate() as IterableIterator<Row>) {
    const known = find.get(row) as Row | undefined;
    const unit = { row, parts: theirs(row) };
    if (known && compareUnits(table, unit, { row: known, parts: ours(known) }) <= 0) continue;
    insert(row);
    removeParts?.run(row.key);
    for (const part of unit.parts) insertPart?.(part);
    if (known) replaced++;
    else added++;
  }
  return { added, replaced };
}

/**
 * Merges the store at `from` into the one at `into`, which is created where it is not there: all of it or nothing.
 *
 * Holds    merging twice changes nothing; the order of merges changes nothing; NaN and infinities are kept
 * Throws   UserError when either is damaged, of another version, or `from` is absent
 */
export function mergeStore(from: string, into: string): MergeReport {
  return explained(from, () => {
    const source = connect(from, true);
    try {
      return explained(into, () => mergeInto(source, into));
    } finally {
      source.close();
    }
  });
}

function mergeInto(source: Database.Database, into: string): MergeReport {
  const target = connect(into, false);
  try {
    const merge = target.transaction(() => {
      const reports = tablesOf(target).map((table) => mergeTable(source, target, table));
      const sum = (name: keyof MergeReport) => reports.reduce((total, report) => total + report[name], 0);
      return { added: sum("added"), replaced: sum("replaced") };
    });
    return source.transaction(() => merge.immediate()).deferred();
  } finally {
    target.close();
  }
}

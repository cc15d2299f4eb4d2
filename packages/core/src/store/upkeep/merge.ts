/**
 * @file Puts the rows of one store into another, so that no order and no repetition of merges changes the result.
 *
 * Of two rows with one key the greater stays, under an order that knows nothing of who came first: so merging is a
 * maximum, which is idempotent, commutative and associative. An evaluation and its samples are one row in this sense.
 * Rows are compared as SQLite has them (NaN is a NULL that is named in `nan_columns`), so no value is lost.
 */
import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { connect } from "../file/connect.js";
import { explained } from "../file/failure.js";
import * as t from "../schema.js";
import { isRecorded } from "./check.js";

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
  /** Tables whose rows go with this one's: samples and item scores with their evaluation. */
  readonly parts: readonly { readonly table: Table; readonly column: string }[];
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
    return { name, columns: columns.map((column) => column.name), keys: keys.map((column) => column.name), parts: [] };
  });
  const isPart = ({ columns }: Table) => columns.includes("evaluation_key");
  const parts = tables.filter(isPart).map((table) => ({ table, column: "evaluation_key" }));
  return tables
    .filter((table) => !isPart(table))
    .map((table) => (table.name === "evaluations" ? { ...table, parts } : table));
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

/** Null before numbers before text before bytes. */
function compare(a: unknown, b: unknown): number {
  const rank = (value: unknown) =>
    value === null ? 0 : typeof value === "string" ? 2 : Buffer.isBuffer(value) ? 3 : 1;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (Buffer.isBuffer(a)) return Buffer.compare(a, b as Buffer);
  if (a === b || a === null) return 0;
  return (a as number) < (b as number) ? -1 : 1;
}

interface Unit {
  readonly row: Row;
  /** By part, in the order of the table's. */
  readonly parts: readonly (readonly Row[])[];
}

function compareRows(names: readonly string[], a: Row, b: Row): number {
  for (const name of names) {
    const order = compare(a[name], b[name]);
    if (order !== 0) return order;
  }
  return 0;
}

/** The order of two units with one key: ranks, then having parts, then all columns, then the parts' columns. */
function compareUnits(table: Table, a: Unit, b: Unit): number {
  const first = compareRows(ranks[table.name] ?? [], a.row, b.row);
  if (first !== 0) return first;
  for (const i of table.parts.keys()) {
    const size = compare(a.parts[i]?.length, b.parts[i]?.length);
    if (size !== 0) return size;
  }
  const whole = compareRows(table.columns, a.row, b.row);
  if (whole !== 0) return whole;
  for (const [i, { table: part }] of table.parts.entries()) {
    for (const [k, row] of (a.parts[i] ?? []).entries()) {
      const order = compareRows(part.columns, row, b.parts[i]?.[k] as Row);
      if (order !== 0) return order;
    }
  }
  return 0;
}

function partsReader(client: Database.Database, { parts }: Table): (row: Row) => Row[][] {
  const selects = parts.map(({ table, column }) =>
    client.prepare(`SELECT * FROM "${table.name}" WHERE "${column}" = ? ORDER BY ${quoted(table.keys)}`),
  );
  return (row) => selects.map((select) => select.all(row.key) as Row[]);
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
  const parts = table.parts.map((part) => ({
    insert: inserter(target, part.table),
    remove: target.prepare(`DELETE FROM "${part.table.name}" WHERE "${part.column}" = ?`),
  }));
  let added = 0;
  let replaced = 0;
  for (const row of source.prepare(`SELECT * FROM "${table.name}"`).iterate() as IterableIterator<Row>) {
    const known = find.get(row) as Row | undefined;
    const unit = { row, parts: theirs(row) };
    if (known && compareUnits(table, unit, { row: known, parts: ours(known) }) <= 0) continue;
    insert(row);
    for (const [p, part] of parts.entries()) {
      part.remove.run(row.key);
      for (const one of unit.parts[p] ?? []) part.insert(one);
    }
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
  if (existsSync(from) && !isRecorded(from)) return { added: 0, replaced: 0 };
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

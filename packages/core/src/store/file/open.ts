/**
 * @file A store: one SQLite file with everything the project measured, opened for writing or only for reading.
 */
import { drizzle } from "drizzle-orm/better-sqlite3";
import { type StoreReader, storeReader } from "../read.js";
import { type StoreWriter, storeWriter } from "../write.js";
import { type Connection, connect, connectToRead } from "./connect.js";
import { explained } from "./failure.js";
import { presenceOf } from "./present.js";

export interface Store extends StoreReader, StoreWriter {
  readonly path: string;
  /** Whether it is a copy of a store that cannot be read in place, and that store has changed since. */
  isStale(): boolean;
  close(): void;
}

/**
 * Opens the store at `path`; created, or brought to the current schema, unless it is only to be read.
 *
 * Holds   processes that open, migrate and write one file at once wait for each other
 * Throws  UserError when the file is of a newer version, damaged, or absent where it is only to be read
 */
export function openStore(path: string, options: { readonly readonly?: boolean } = {}): Store {
  const guard = <T>(work: () => T): T => explained(path, work);
  const { client, isStale } = guard(() => openConnection(path, options.readonly ?? false));
  const db = drizzle(client);
  const present = presenceOf(path);
  const guardWrite = <T>(work: () => T): T => {
    present();
    return guard(work);
  };
  const close = () => {
    client.close();
  };
  return { path, close, isStale, ...storeReader(db, guard), ...storeWriter(db, guardWrite) };
}

function openConnection(path: string, readonly: boolean): Connection {
  return readonly ? connectToRead(path) : { client: connect(path, false), isStale: () => false };
}

/**
 * @file Stores that may only be read: a colleague's folder, a read-only mount. All that reads works; nothing is left behind.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aRun } from "../rows.fixture.js";
import { checkStore, isRecorded } from "../upkeep/check.js";
import { backUpStore } from "../upkeep/maintain.js";
import { mergeStore } from "../upkeep/merge.js";
import { loadMigrations, migrate } from "./migrate.js";
import { openStore } from "./open.js";

const nobody = 65534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let own: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "read-only-"));
  own = mkdtempSync(join(tmpdir(), "read-only-own-"));
  path = join(folder, "sdtt.sqlite");
  const store = openStore(path);
  store.startRun(aRun({ id: "a" }));
  store.close();
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
  rmSync(own, { recursive: true });
});

/** Does `work` as a user who may not write into the folder. */
function asColleague<T>(work: () => T): T {
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  if (!isRoot) return work();
  chownSync(own, nobody, nobody);
  process.seteuid?.(nobody);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

const idsOf = (file: string): string[] => {
  const store = openStore(file, { readonly: true });
  try {
    return store.runs().map(({ id }) => id);
  } finally {
    store.close();
  }
};
const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith("sdtt-store-"));

describe("a store in a folder that is not one's own", () => {
  it("is read, checked, copied and merged from, and no copy is left", () => {
    const before = copies();
    asColleague(() => {
      expect(idsOf(path)).toEqual(["a"]);
      expect(checkStore(path, "integrity").problems).toEqual([]);
      expect(isRecorded(path)).toBe(true);
      backUpStore(path, join(own, "copy.sqlite"));
      mergeStore(path, join(own, "merged.sqlite"));
    });
    expect(idsOf(join(own, "copy.sqlite"))).toEqual(["a"]);
    expect(idsOf(join(own, "merged.sqlite"))).toEqual(["a"]);
    expect(readdirSync(folder)).toEqual(["sdtt.sqlite"]);
    expect(copies()).toEqual(before);
  });

  it("is read with what its last writer left in the log", () => {
    const writer = openStore(path);
    writer.startRun(aRun({ id: "b" }));
    for (const ending of ["", "-wal"]) copyFileSync(path + ending, join(own, `sdtt.sqlite${ending}`));
    writer.close();
    for (const ending of ["", "-wal"]) copyFileSync(join(own, `sdtt.sqlite${ending}`), path + ending);
    chmodSync(`${path}-wal`, 0o444);
    expect(asColleague(() => idsOf(path))).toEqual(["a", "b"]);
  });

  it("of an older schema is read in this program's", () => {
    rmSync(path);
    const old = openBlank(path);
    migrate(old, loadMigrations().slice(0, 2));
    old.exec("INSERT INTO experiments (name, created_at) VALUES ('old', '2026-01-01T00:00:00.000Z')");
    old.close();
    const experiments = asColleague(() => {
      const store = openStore(path, { readonly: true });
      const found = store.experiments();
      store.close();
      return found;
    });
    expect(experiments.map(({ name }) => name)).toEqual(["old"]);
    expect(readdirSync(folder)).toEqual(["sdtt.sqlite"]);
  });

  it("is refused to writers in one line", () => {
    expect(() => asColleague(() => openStore(path).close())).toThrow(/the file must be writable|can be opened/);
  });

  it("is stale once it changes, so that a page opens it again", () => {
    const store = asColleague(() => openStore(path, { readonly: true }));
    expect(store.isStale()).toBe(false);
    chmodSync(folder, 0o755);
    chmodSync(path, 0o644);
    const writer = openStore(path);
    writer.startRun(aRun({ id: "b" }));
    writer.close();
    expect(store.isStale()).toBe(true);
    expect(store.runs()).toHaveLength(1);
    store.close();
  });

  it("that may not even be read is refused as such", () => {
    chmodSync(path, 0o600);
    const attempt = () => {
      chmodSync(folder, 0o555);
      if (isRoot) process.seteuid?.(nobody);
      try {
        idsOf(path);
      } finally {
        if (isRoot) process.seteuid?.(0);
      }
    };
    if (isRoot)
      expect(attempt).toThrow("the file must be one that can be opened, got none (no such folder, or no permission)");
  });
});

const mount = (...args: string[]) => spawnSync("mount", args, { encoding: "utf8" });
function mountable(): boolean {
  if (!isRoot) return false;
  const place = mkdtempSync(join(tmpdir(), "mount-"));
  const { status } = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", place);
  if (status === 0) spawnSync("umount", [place]);
  rmSync(place, { recursive: true });
  return status === 0;
}
const canMount = mountable();

it.skipIf(!canMount)(
  `a store on a read-only mount is read${canMount ? "" : ", skipped: no tmpfs can be mounted"}`,
  () => {
    const disk = join(own, "disk");
    mkdirSync(disk);
    mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", disk);
    try {
      copyFileSync(path, join(disk, "sdtt.sqlite"));
      mount("-o", "remount,ro", disk);
      expect(idsOf(join(disk, "sdtt.sqlite"))).toEqual(["a"]);
      expect(checkStore(join(disk, "sdtt.sqlite"), "integrity").problems).toEqual([]);
    } finally {
      spawnSync("umount", [disk]);
    }
  },
);

describe("a store that a full disk left without a table", () => {
  const blanks: Readonly<Record<string, () => void>> = {
    "an empty file": () => writeFileSync(path, ""),
    "a first page and nothing on it": () => {
      rmSync(path);
      const blank = openBlank(path);
      blank.close();
    },
  };

  it.each(Object.keys(blanks))("(%s) counts as none: whole, not recorded, nothing to merge", (kind) => {
    blanks[kind]?.();
    expect(checkStore(path, "integrity")).toEqual({ version: 0, problems: [] });
    expect(isRecorded(path)).toBe(false);
    expect(mergeStore(path, join(own, "into.sqlite"))).toEqual({ added: 0, replaced: 0 });
    expect(() => openStore(path, { readonly: true })).toThrow(
      "a store that is only read must exist, got a file that nothing was recorded in. Run an experiment first",
    );
  });

  it.each(Object.keys(blanks))("(%s) is filled by the next writer", (kind) => {
    blanks[kind]?.();
    const store = openStore(path);
    store.startRun(aRun({ id: "c" }));
    store.close();
    expect(idsOf(path)).toEqual(["c"]);
    expect(isRecorded(path)).toBe(true);
  });

  it("is told from one that is absent, damaged or somebody else's", () => {
    expect(isRecorded(join(own, "none.sqlite"))).toBe(false);
    writeFileSync(path, "this is no database, but it is long enough to be looked at");
    expect(() => isRecorded(path)).toThrow("the file must be an undamaged SQLite database");
    rmSync(path);
    const foreign = openBlank(path);
    foreign.exec("CREATE TABLE theirs (x)");
    foreign.close();
    expect(() => checkStore(path)).toThrow(
      "the database must have the current schema, got one without a store's tables",
    );
  });
});

function openBlank(file: string): Database.Database {
  const client = new Database(file);
  client.pragma("journal_mode = WAL");
  return client;
}

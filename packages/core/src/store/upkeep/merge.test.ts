import { copyFileSync, existsSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../cli/index.js";
import { storeCommands } from "../commands.js";
import { journalFor } from "../file/journal.js";
import { mergeStore, openStore, type Store } from "../index.js";
import { aDefinition, anEvaluation, aRun } from "../rows.fixture.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-merge-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, `${name}.sqlite`);

/** A store of one job: a run of its own, one that others have too, and an evaluation that others made too. */
function job(name: string, fill: (store: Store) => void = () => {}): string {
  const store = openStore(at(name));
  store.startRun(aRun({ id: name, startedAt: `2026-01-01 ${name}` }));
  for (let attempt = 0; attempt < name.charCodeAt(0) - 96; attempt++) store.startRun(aRun({ id: "shared" }));
  const samples = ["one", "two"].map((word, index) => ({ index, seed: 1, text: `${name} ${word}` }));
  const value = name.charCodeAt(0);
  const items = { items: "passages", sums: [value, Number.NaN] };
  store.saveEvaluation(anEvaluation({ runId: name, value, createdAt: "2026-02-02" }), samples, items);
  store.saveDefinitions([aDefinition({ what: `in the words of ${name}` })]);
  fill(store);
  store.close();
  return at(name);
}

/** Every row of every table, in the order of its text. */
function rowsOf(path: string): Record<string, string[]> {
  const client = new Database(path, { readonly: true });
  const tables = client.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
  );
  const names = (tables.all() as { name: string }[]).map(({ name }) => name);
  const rows = names.map((name) => {
    const all = client
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => JSON.stringify(row));
    return [name, all.sort()] as const;
  });
  client.close();
  return Object.fromEntries(rows);
}

const orders = (items: readonly string[]): string[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));

describe("merging", () => {
  it("gives the same rows in every order, and once more changes nothing", () => {
    const sources = ["a", "b", "c"].map((name) => job(name));
    const results = orders(sources).map((order, i) => {
      const into = at(`into-${i}`);
      for (const source of order) mergeStore(source, into);
      const once = rowsOf(into);
      for (const source of [...order].reverse()) expect(mergeStore(source, into)).toEqual({ added: 0, replaced: 0 });
      expect(rowsOf(into)).toEqual(once);
      return once;
    });
    expect(results).toHaveLength(6);
    for (const result of results) expect(result).toEqual(results[0]);
    expect(results[0]?.runs).toHaveLength(4);
  });

  it("gives the same rows when what was merged is merged further", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => job(name)) as [string, string, string];
    mergeStore(a, at("ab"));
    mergeStore(b, at("ab"));
    mergeStore(c, at("left"));
    mergeStore(at("ab"), at("left"));
    for (const source of [c, b, a]) mergeStore(source, at("right"));
    expect(rowsOf(at("left"))).toEqual(rowsOf(at("right")));
  });

  it("keeps an evaluation's samples and items with it and mixes none", () => {
    for (const source of ["b", "a"].map((name) => job(name))) mergeStore(source, at("into"));
    const store = openStore(at("into"), { readonly: true });
    const [evaluation] = store.evaluations();
    const letter = evaluation?.value === 97 ? "a" : "b";
    expect(store.samples(evaluation?.key as string).map(({ text }) => text)).toEqual([
      `${letter} one`,
      `${letter} two`,
    ]);
    expect([...(store.itemScores(evaluation?.key as string)?.sums ?? [])]).toEqual([evaluation?.value, Number.NaN]);
    expect(store.definitions()).toHaveLength(1);
    expect(store.run("shared")?.attempt).toBe(2);
    store.close();
  });

  it("keeps NaN, infinities and absence apart", () => {
    const numbers = { value: Number.NaN, stderr: Number.POSITIVE_INFINITY, entropy: null };
    const source = job("a", (store) => store.saveEvaluation(anEvaluation({ runId: "a", seed: 9, ...numbers })));
    mergeStore(source, at("into"));
    const store = openStore(at("into"), { readonly: true });
    expect(store.evaluations().filter(({ seed }) => seed === 9)).toMatchObject([numbers]);
    store.close();
  });

  it("takes nothing from a damaged store, and says which it is", () => {
    const source = job("a", (store) => {
      for (let seed = 0; seed < 300; seed++) store.saveEvaluation(anEvaluation({ runId: "a", seed }));
    });
    truncateSync(source, 24 * 1024);
    job("into");
    const before = rowsOf(at("into"));
    expect(() => mergeStore(source, at("into"))).toThrow(`store ${source}: the file must be an undamaged SQLite`);
    expect(rowsOf(at("into"))).toEqual(before);
  });
});

describe("the store's commands", () => {
  const run = async (...argv: string[]) => {
    let errors = "";
    const err = { write: (text: string) => (errors += text) };
    const code = await runCli("core", storeCommands, argv, { out: err, err });
    return { code, errors };
  };

  it("copy a store that is being written to, and replace no file", async () => {
    const writer = openStore(job("a"));
    writer.startRun(aRun({ id: "later" }));
    expect((await run("store-backup", `--store=${at("a")}`, `--out=${at("copy")}`)).code).toBe(0);
    writer.close();
    expect(rowsOf(at("copy"))).toEqual(rowsOf(at("a")));
    const again = await run("store-backup", `--store=${at("a")}`, `--out=${at("copy")}`);
    expect([again.code, again.errors]).toEqual([1, expect.stringContaining("must not replace a file, got one that")]);
  });

  it("find a row whose parent is gone, and nothing wrong with a whole store", async () => {
    expect((await run("store-check", `--store=${job("a")}`)).code).toBe(0);
    const client = new Database(at("a"));
    client.pragma("foreign_keys = OFF");
    client.exec("DELETE FROM runs WHERE id = 'a'");
    client.close();
    const { code, errors } = await run("store-check", `--store=${at("a")}`);
    expect([code, errors]).toEqual([1, expect.stringContaining("got 1 rows without their parent (evaluations)")]);
  });

  it.each(["store-check", "store-backup", "store-migrate"])("%s refuses a store that is not there", async (name) => {
    const out = name === "store-backup" ? [`--out=${at("copy")}`] : [];
    const { code, errors } = await run(name, `--store=${at("none")}`, ...out);
    expect([code, errors]).toEqual([1, expect.stringContaining("must exist, got no such file")]);
    expect(existsSync(at("none"))).toBe(false);
  });

  it("merge several files", async () => {
    const { code } = await run("store-merge", `--from=${job("a")},${job("b")}`, `--store=${at("into")}`);
    expect([code, rowsOf(at("into")).runs?.length]).toEqual([0, 3]);
  });
});

describe("the journal", () => {
  it("is a write-ahead log on a local disk, and none where it is told so", () => {
    expect(journalFor(at("a"), undefined)).toBe("wal");
    expect(journalFor(at("a"), "rollback")).toBe("rollback");
    expect(() => journalFor(at("a"), "of")).toThrow('SDTT_STORE_JOURNAL must be wal or rollback, got "of"');
  });

  it("leaves one file only when there is no log, and the same rows", () => {
    process.env.SDTT_STORE_JOURNAL = "rollback";
    try {
      const store = openStore(at("shared"));
      store.startRun(aRun());
      expect([existsSync(`${at("shared")}-wal`), existsSync(`${at("shared")}-shm`)]).toEqual([false, false]);
      store.close();
    } finally {
      delete process.env.SDTT_STORE_JOURNAL;
    }
    copyFileSync(at("shared"), at("copy"));
    expect(rowsOf(at("copy")).runs).toHaveLength(1);
  });
});

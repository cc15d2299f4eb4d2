/**
 * @file Old stores are rid of what should not be in them, to the last byte of the file; all else stays as it is.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../file/open.js";
import { anEvaluation, aRun } from "../rows.fixture.js";
import { checkStore } from "./check.js";
import { scrubbedPatch } from "./scrub.js";
import { scrubAll } from "./scrubFolder.js";

const token = `hf_${"Ab3".repeat(11)}`;
const sha = "d".repeat(64);
/** As versions before kept it: the text of all that was new. */
const oldPatch = [
  "diff --git a/train.ts b/train.ts",
  "index 1111111..2222222 100644",
  "--- a/train.ts",
  "+++ b/train.ts",
  "@@ -1 +1,2 @@",
  " first",
  "+second",
  "diff --git a/login.ts b/login.ts",
  "index 3333333..4444444 100644",
  "--- a/login.ts",
  "+++ b/login.ts",
  "@@ -1 +1 @@",
  `+login("${token}");`,
  "diff --git a/.env b/.env",
  "index 5555555..6666666 100644",
  "@@ -1 +1 @@",
  "+PLAIN=trackedwords",
  "",
  `new file .env.local, 30 bytes, SHA-256 ${sha}`,
  "SECRET_WORD=plainwords",
  "",
  `new file my-texts/a.txt, 15 bytes, SHA-256 ${sha}`,
  "a private story",
  "of two lines",
  "",
  `new file new.ts, 20 bytes, SHA-256 ${sha}`,
  "export const x = 1;",
  "",
  `new file key.ts, 20 bytes, SHA-256 ${sha}`,
  `use("${token}");`,
  "",
].join("\n");
const forbidden = ["hf_Ab3", "trackedwords", "plainwords", "private story", "of two lines"];

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "scrub-"));
  path = join(root, "sdtt.sqlite");
  const store = openStore(path);
  store.startRun(aRun({ id: "a", command: `import --token ${token}`, config: { note: "kept", tokenFile: "t" } }));
  store.addEvent({ runId: "a", kind: "code", message: "files differ from the commit", data: { patch: oldPatch } });
  store.addEvent({ runId: "a", kind: "error", message: `401 for Bearer ${token}` });
  store.addEvent({ runId: "a", kind: "stage", message: "kept", data: { commit: "c".repeat(40), diff: sha } });
  store.addNote({ experiment: "first", author: "me", text: "a note that stays" });
  store.saveEvaluation(anEvaluation({ runId: "a", subjectHash: sha }));
  store.close();
});
afterEach(() => rmSync(root, { recursive: true }));

const bytesOf = (file: string) =>
  ["", "-wal", "-shm"].map((end) => (existsSync(file + end) ? readFileSync(file + end, "latin1") : "")).join("");
const rowsOf = (file: string) => {
  const store = openStore(file, { readonly: true });
  const [run] = store.runs();
  const found = { run, events: store.events("a"), notes: store.notes("first"), evaluations: store.evaluations() };
  store.close();
  return found;
};

it("a patch keeps code and the names of all else", () => {
  const files = new Set<string>();
  const clean = scrubbedPatch(oldPatch, files);
  for (const word of forbidden) expect(clean).not.toContain(word);
  expect([...files].sort()).toEqual([".env", ".env.local", "key.ts", "login.ts", "my-texts/a.txt"]);
  expect(clean).toContain(
    "index 1111111..2222222 100644\n--- a/train.ts\n+++ b/train.ts\n@@ -1 +1,2 @@\n first\n+second\n",
  );
  expect(clean).toContain(`new file my-texts/a.txt, 15 bytes, SHA-256 ${sha}\n`);
  expect(clean).toContain(`new file new.ts, 20 bytes, SHA-256 ${sha}\nexport const x = 1;\n`);
  expect(clean).toContain("new file .env.local, 30 bytes, left out\n");
  expect(clean).toContain("new file key.ts, 20 bytes, with something left out\n");
  expect(clean).not.toMatch(/3333333|5555555/);
  expect(scrubbedPatch(clean, new Set())).toBe(clean);
});

describe("a store", () => {
  it("is only looked at by a dry run", () => {
    const before = readFileSync(path);
    const [found] = scrubAll(path, { isDry: true, keep: true });
    expect(found).toMatchObject({ path, texts: 3, backup: undefined });
    expect(found?.files).toEqual([".env", ".env.local", "key.ts", "login.ts", "my-texts/a.txt"]);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(root).filter((name) => name.includes("unscrubbed"))).toEqual([]);
  });

  it("loses it to the last byte, keeps everything else, and a copy as it was", () => {
    const before = rowsOf(path);
    const [found] = scrubAll(path, { isDry: false, keep: true });
    for (const word of forbidden) expect(bytesOf(path), word).not.toContain(word);
    expect(checkStore(path, "integrity").problems).toEqual([]);
    const after = rowsOf(path);
    expect(after.evaluations).toEqual(before.evaluations);
    expect(after.notes).toEqual(before.notes);
    expect(after.run).toEqual({ ...before.run, command: "import --token [left out: looks like a secret]" });
    expect(after.events.find(({ kind }) => kind === "stage")).toEqual(
      before.events.find(({ kind }) => kind === "stage"),
    );
    expect(rowsOf(found?.backup as string)).toEqual(before);
    expect(scrubAll(path, { isDry: false, keep: true })[0]).toMatchObject({ texts: 0, backup: undefined });
  });

  it("keeps no copy where none is asked for, and never replaces one", () => {
    copyFileSync(path, `${path}.unscrubbed`);
    expect(() => scrubAll(path, { isDry: false, keep: true })).toThrow("the copy must not replace a file, got");
    expect(bytesOf(path)).toContain("plainwords");
    rmSync(`${path}.unscrubbed`);
    scrubAll(path, { isDry: false, keep: false });
    expect(readdirSync(root).filter((name) => name.includes("unscrubbed"))).toEqual([]);
    expect(bytesOf(path)).not.toContain("plainwords");
  });

  it("is found with all others under a root, with copies, patches of sweeps and logs of stages", () => {
    const put = (name: string, text: string) => {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    };
    put(`sweeps/s/diffs/${sha}.patch`, oldPatch);
    put("stages/0123456789abcdef/log.txt", `401 for ${token}\n`);
    put("work/r/runs/x/notes.txt", `${token} is not ours to touch`);
    mkdirSync(join(root, "work/r"), { recursive: true });
    copyFileSync(path, join(root, "work/r/sdtt.sqlite"));
    copyFileSync(path, `${path}.1700000000000-1.backup`);
    const changed = scrubAll(root, { isDry: false, keep: false }).filter(({ texts }) => texts > 0);
    expect(changed.map((one) => one.path.slice(root.length + 1))).toEqual([
      "sdtt.sqlite",
      "sdtt.sqlite.1700000000000-1.backup",
      "stages/0123456789abcdef/log.txt",
      `sweeps/s/diffs/${sha}.patch`,
      "work/r/sdtt.sqlite",
    ]);
    for (const one of changed) for (const word of forbidden) expect(bytesOf(one.path)).not.toContain(word);
    expect(readFileSync(join(root, "work/r/runs/x/notes.txt"), "utf8")).toContain(token);
  });
});

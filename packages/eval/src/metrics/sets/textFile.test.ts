/** @file A set's files in the forms in which they come: the same text and the same records, or one line that says what is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { readSetFile, readSetRecords, readSetText } from "./textFile.js";

const folder = mkdtempSync(join(tmpdir(), "text-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

it("reads text of any ending, packed, marked and with Windows' line ends as the plain one", async () => {
  const text = " = Häuser = \n\n an , article \n";
  const windows = `\ufeff${text.replaceAll("\n", "\r\n")}`;
  for (const [name, content] of [
    ["wiki.test.tokens", text],
    ["ptb.test", windows],
    ["wiki.txt.gz", gzipSync(windows)],
    ["labels.lst", windows],
  ] as const) {
    expect(await readSetText("ptb", file(name, content))).toBe(text);
    expect(await readSetFile("piqa", file(name, content))).toBe(text);
  }
  const rows = file("wiki.jsonl", '{"text":" = Häuser = \\n"}\n{"text":""}');
  expect(await readSetText("wikitext2", rows)).toBe(" = Häuser = \n\n");
});

it("refuses what is not UTF-8, is not there, or holds no records", async () => {
  const path = file("a.txt", Uint8Array.of(72, 228, 117));
  await expect(readSetText("ptb", path)).rejects.toThrow(/a\.txt: text must be UTF-8, got bytes that are not/);
  await expect(readSetText("ptb", join(folder, "b.txt"))).rejects.toThrow(
    /^ptb: its file must be readable, got ENOENT/,
  );
  await expect(readSetRecords("piqa", path)).rejects.toThrow("it must be of records, got plain text");
});

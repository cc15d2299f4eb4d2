import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readTextFile } from "./textFile.js";

const folder = mkdtempSync(join(tmpdir(), "text-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("reads UTF-8, and refuses what is not or is not there", () => {
  const path = join(folder, "a.txt");
  writeFileSync(path, "Häuser\n");
  expect(readTextFile("ptb", path)).toBe("Häuser\n");
  writeFileSync(path, Uint8Array.of(72, 228, 117));
  expect(() => readTextFile("ptb", path)).toThrow(/^ptb: its file must be UTF-8, got .*a\.txt/);
  expect(() => readTextFile("ptb", join(folder, "b.txt"))).toThrow(/^ptb: its file must be readable, got ENOENT/);
});

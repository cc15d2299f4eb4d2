/** @file By what files and folders are known: their bytes, hashed again only where they may have changed. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { fingerprintOf, placeHash, rememberedHashes, rememberHashes } from "./fingerprint.js";
import { listSource } from "./listing.js";

const home = mkdtempSync(join(tmpdir(), "fingerprint-test-"));
afterAll(() => rmSync(home, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(home, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}
const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

describe("a source's fingerprint", () => {
  const of = (path: string) => fingerprintOf(listSource(path)).hash;

  it("is of names and bytes, wherever the source lies", () => {
    file("a/x.txt", "text");
    file("b/x.txt", "text");
    file("c/y.txt", "text");
    file("d/x.txt", "tex!");
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => of(join(home, name)));
    expect([a === b, a === c, a === d]).toEqual([true, false, false]);
    expect(of(join(home, "a", "x.txt"))).toBe(of(join(home, "b", "x.txt")));
  });

  it("does not change with what is left alone", () => {
    file("e/x.txt", "text");
    const before = of(join(home, "e"));
    file("e/.DS_Store", "x");
    file("e/README.md", "x");
    expect(of(join(home, "e"))).toBe(before);
  });

  it("changes with one byte in the middle of a file that keeps its size and its time of modification", async () => {
    const path = file("f.txt", "a".repeat(300_000));
    await sleep(2100);
    const before = of(path);
    const { atime, mtime } = statSync(path);
    writeFileSync(path, `${"a".repeat(150_000)}b${"a".repeat(149_999)}`);
    utimesSync(path, atime, mtime);
    expect(of(path)).not.toBe(before);
  });
});

describe("a place's hash", () => {
  it("of a file is that of its bytes, of a folder that of its names and bytes, hidden ones left out", () => {
    const memory = join(home, "nowhere");
    expect(placeHash(file("g/one.bin", "one"), memory)).toBe(sha256("one"));
    file("g/sub/two.bin", "two");
    const expected = sha256(`one.bin\n${sha256("one")}\nsub/two.bin\n${sha256("two")}\n`);
    expect(placeHash(join(home, "g"), memory)).toBe(expected);
    file("g/.git/objects", "x");
    expect(placeHash(join(home, "g"), memory)).toBe(expected);
  });

  it("of a large file is of all its bytes, and is remembered while the file is as it was", async () => {
    const memory = join(home, "memory");
    mkdirSync(memory);
    const bytes = Buffer.alloc((1 << 26) + 1, "x");
    const path = file("large.bin", bytes);
    await sleep(2100);
    const hash = placeHash(path, memory);
    expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
    const [known] = rememberedHashes([memory]);
    expect(known).toMatchObject({ path, sha256: hash });
    bytes[1 << 25] = 0;
    writeFileSync(path, bytes);
    expect(placeHash(path, memory)).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("is computed anew where what was remembered cannot be read", () => {
    const memory = join(home, "damaged");
    mkdirSync(memory);
    rememberHashes(memory, [{ path: "/x", state: "1", sha256: "2" }]);
    expect(rememberedHashes([memory])).toHaveLength(1);
    writeFileSync(join(memory, "sources.json"), readFileSync(join(memory, "sources.json")).subarray(0, 20));
    expect(rememberedHashes([memory, join(home, "none")])).toEqual([]);
  });
});

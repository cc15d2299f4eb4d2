/** @file Files of the user's own: known by content, read as TypeScript or JavaScript, refused in one line. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { exportOf, isSameOwn, nameOrOwnFile, ownText, pinned } from "./ownModule.js";

let folder: string;
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "own-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ["one.mts", "const a: number = 1;\nexport default { value: a as number };"],
  ["one.mjs", "export default { value: 1 };"],
])("reads %s", async (name, text) => {
  const found = await exportOf(
    "thing",
    pinned("thing", write(name, text)),
    z.object({ value: z.number() }),
    "Mend it.",
  );
  expect(found).toEqual({ value: 1 });
});

it("knows a file by its content, wherever it lies", () => {
  const [a, b, other] = ["a.js", "b.js", "other.js"].map((name) => write(name, `// ${name === "other.js"}`));
  const [first, second, third] = [a, b, other].map((path) => pinned("thing", path as string)) as [
    string,
    string,
    string,
  ];
  expect([isSameOwn(first, second), isSameOwn(first, third), isSameOwn("x", "x"), isSameOwn("x", "y")]).toEqual([
    ...[true, false, true, false],
  ]);
  expect(ownText(first)).toMatch(/^a\.js#[0-9a-f]{12}$/);
  expect(pinned("thing", first)).toBe(first);
});

it("refuses a file that has changed since its hash was taken, or is not there", () => {
  const path = write("a.js", "1");
  const text = pinned("thing", path);
  write("a.js", "2");
  expect(() => pinned("thing", text)).toThrow(/^thing: a\.js must be as it was \([0-9a-f]{12}\), got /);
  expect(() => pinned("thing", join(folder, "none.js"))).toThrow("the file must be one that can be read");
});

it("takes a name, or a file, and says which names there are", () => {
  const schema = nameOrOwnFile("thing", ["x", "y"]);
  expect(schema.parse("x")).toBe("x");
  expect(schema.parse(write("a.js", ""))).toMatch(/a\.js#[0-9a-f]{12}$/);
  expect(() => schema.parse("z")).toThrow("must be one of x, y, or a file of your own");
});

it.each([
  ["export default 1;", "the module must give a thing"],
  ["export default {", "the module must load"],
])("refuses %s in words", async (text, message) => {
  const path = write(`bad${message.length}.mjs`, text);
  await expect(exportOf("thing", path, z.object({}), "Mend it.")).rejects.toThrow(message);
});

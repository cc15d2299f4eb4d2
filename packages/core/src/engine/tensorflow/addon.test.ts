import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { engineReports } from "../open.js";
import { giveBackWhatNodeTook, recordPath } from "./addon.js";

const root = mkdtempSync(join(tmpdir(), "addon-"));
afterAll(() => rmSync(root, { recursive: true }));

const addon = "@tensorflow/tfjs-node-gpu";

/** A project with an addon that is never reached: its library is looked at before it is loaded. */
function projectWith(
  name: string,
  files: Readonly<Record<string, number>>,
  code = 'throw new Error("loaded");',
): string {
  const folder = join(root, name, "node_modules", addon);
  mkdirSync(dirname(recordPath(folder)), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: addon, main: "index.js" }));
  writeFileSync(join(folder, "index.js"), code);
  writeFileSync(join(root, name, "here.so"), "12345");
  writeFileSync(recordPath(folder), JSON.stringify({ version: "2.21.0", folder: join(root, name), files }));
  return join(root, name, "main.js");
}

const detailOf = async (addonsFrom: string) =>
  (await engineReports({ addonsFrom })).find(({ name }) => name === "tensorflow")?.detail;

it("a library that is cut off or gone is told before it is loaded", async () => {
  expect(await detailOf(projectWith("cut", { "here.so": 9 }))).toMatch(
    /does not load \(its library .*here\.so has 5 bytes of 9, half-copied; run `npx nx run core:tensorflow-setup` again\)/,
  );
  expect(await detailOf(projectWith("gone", { "here.so": 5, "there.so": 5 }))).toContain("there.so is gone; run `npx");
  expect(await detailOf(projectWith("whole", { "here.so": 5 }))).toContain("does not load (loaded)");
});

it("a library that ends the process, or talks as it loads, ends and reaches no other process", async () => {
  const crash = projectWith("crash", { "here.so": 5 }, "process.abort();");
  expect(await detailOf(crash)).toBe("loading its library ended the process that tried it: SIGABRT");
  const loud = projectWith("loud", { "here.so": 5 }, 'console.log("I am loading"); throw new Error("loaded");');
  expect(await detailOf(loud)).toContain("does not load (loaded)");
});

it("gives tfjs-node what newer Nodes lack", () => {
  const util = createRequire(import.meta.url)("node:util");
  const own = util.isNullOrUndefined;
  delete util.isNullOrUndefined;
  giveBackWhatNodeTook();
  expect([null, undefined, 0, "", false].map(util.isNullOrUndefined)).toEqual([true, true, false, false, false]);
  if (own) util.isNullOrUndefined = own;
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "@sdtt/core/cli";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { plotCommand, tableCommand } from "./commands.js";
import { seedStore } from "./seed.fixture.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "commands-"));
  seedStore(join(folder, "a, b.sqlite")).close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function said(...args: string[]) {
  const written = { out: "", err: "" };
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.out += text;
    return true;
  });
  const sink = { write: (text: string) => (written.err += text) };
  const store = `--store=${join(folder, "a, b.sqlite")}`;
  const code = await runCli("dashboard", [plotCommand, tableCommand], [...args, store], { out: sink, err: sink });
  spy.mockRestore();
  return { code, ...written };
}

it.each([
  ["table", "table.md"],
  ["plot", "plot.svg"],
])("%s that is written to a file says where, and nothing else", async (command, name) => {
  const out = join(folder, name);
  expect(await said(command, "--experiment=demo", `--out=${out}`)).toMatchObject({ code: 0, out: `${out}\n` });
  expect(readFileSync(out, "utf8").length).toBeGreaterThan(100);
});

it("a measure that the experiment lacks is refused with those that it has", async () => {
  const { code, err } = await said("table", "--experiment=demo", "--measure=mauve");
  expect([code, err]).toEqual([
    1,
    expect.stringContaining('the experiment "demo" has, got mauve. Give one of: gen-ppl'),
  ]);
});

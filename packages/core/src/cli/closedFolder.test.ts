/**
 * @file A command that would write where nothing can be written says which folder that is, and how to give another.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { defineCommand, runCli } from "./index.js";

const make = defineCommand({
  ...{ name: "make", summary: "", options: z.object({ root: z.string() }) },
  run: async ({ root }) => void mkdirSync(join(root, "runs", "mine"), { recursive: true }),
});

async function said(root: string): Promise<string> {
  const lines: string[] = [];
  const output = { write: (text: string) => lines.push(text) };
  expect(await runCli("core", [make], ["make", `--root=${root}`], { out: output, err: output })).toBe(1);
  return lines.slice(1).join("");
}

const disk = mkdtempSync(join(tmpdir(), "closed-"));
const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", disk]).status === 0;

it.skipIf(!isMounted)(`names the folder${isMounted ? "" : ", skipped: no tmpfs can be mounted"}`, async () => {
  try {
    expect(await said(join(disk, "a", "b"))).toBe(
      `core: ${join(disk, "a", "b", "runs", "mine")} must be made, in a folder that can be written to, got ${disk}. ` +
        "Give a place of your own: --root, or SDTT_ROOT for all commands.\n",
    );
  } finally {
    spawnSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  }
});

it("and is told where a file stands in the way", async () => {
  expect(await said("/dev/null/x")).toMatch(/each parent must be a folder, got ENOTDIR/);
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { removeLeftovers } from "./leftovers.js";

it("takes away what a dead process of this host was writing, at any depth, and nothing of another host or a living one", () => {
  const root = mkdtempSync(join(tmpdir(), "leftovers-"));
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const data = join(root, "data", "text");
  mkdirSync(data, { recursive: true });
  const left = [`tokenizer.json.tmp-${hostname()}-${dead}`, `train.bin.tmp-${hostname()}-${dead}`];
  const kept = ["tokenizer.json", `tokenizer.json.tmp-elsewhere-${dead}`, `train.bin.tmp-${hostname()}-${process.pid}`];
  for (const name of [...left, ...kept]) writeFileSync(join(data, name), "");
  removeLeftovers([root, join(root, "nowhere")]);
  expect(readdirSync(data).sort()).toEqual([...kept].sort());
  rmSync(root, { recursive: true });
});

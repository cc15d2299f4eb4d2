import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, expect, it } from "vitest";
import { repository } from "../programs.js";
import { packCheck } from "./pack.js";

const folder = mkdtempSync(join(tmpdir(), "card pack-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("the script unpacks pieces over a checkout and runs the check with its arguments, without Node on PATH", async () => {
  const [checkout, staging, pieces] = ["checkout", "staging", "pieces"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [join(checkout, "experiments/bin"), join(staging, ".sdtt/card"), pieces]) {
    mkdirSync(path, { recursive: true });
  }
  cpSync(join(repository, "experiments/bin/card-check.sh"), join(checkout, "experiments/bin/card-check.sh"));
  const node = '#!/bin/sh\nprintf "%s|" "$PWD" "$@"\n';
  writeFileSync(join(staging, ".sdtt/card/node"), node, { mode: 0o755 });
  const pack = 'tar -C "$1" -cJf - . | split -b 100 - "$2/piece-"';
  await execa("bash", ["-c", pack, "pack", staging, pieces]);
  const script = join(checkout, "experiments/bin/card-check.sh");
  const env = { PATH: "/usr/bin:/bin", HOME: folder };
  const { stdout } = await execa("sh", [script, pieces, "--devices=cuda", "--out=a b"], { env, extendEnv: false });
  expect(stdout).toBe(`${checkout}|experiments/dist/cli.js|card-check|--devices=cuda|--out=a b|`);
});

it("pieces are never laid among others", async () => {
  const full = join(folder, "full");
  mkdirSync(full);
  writeFileSync(join(full, "piece-aa"), "");
  await expect(packCheck(full, 50)).rejects.toThrow(
    `card-check: --pack must be an empty folder, got ${full}. Name another one, or empty it.`,
  );
});

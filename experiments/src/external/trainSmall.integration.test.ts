import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assetPath } from "@sdtt/core/workspace";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programs, repository } from "../programs.js";

const python = process.env.SDTT_PYTHON ?? "python3";
const noTorch = spawnSync(python, ["-c", "import torch"]).status === 0 ? undefined : "no PyTorch";
const script = join(repository, "experiments/torch/train_small.py");

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

/** Runs the trainer on the processor; its lines. */
async function trained(kind: string, data: string, out: string, ...more: string[]): Promise<Record<string, number>[]> {
  const own = [`--kind=${kind}`, `--data=${at(data)}`, `--out=${at(out)}`, "--device=cpu"];
  const env = { OMP_NUM_THREADS: "1" };
  const { stdout } = await execa(python, [script, ...own, ...more], { env });
  return stdout.split("\n").map((line) => JSON.parse(line));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "train-small-"));
  if (noTorch) return;
  for (const name of ["teacher", "judge"] as const) {
    const tokenizer = `--tokenizer=${join(assetPath(name), "tokenizer.json")}`;
    const args = ["prepare", "--source=embedded", tokenizer, `--out=${at(name)}`];
    await execa(process.execPath, [programs.distill, ...args]);
  }
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(noTorch)(`the trainer for a card${noTorch ? `, skipped: ${noTorch}` : ""}`, () => {
  it.each([
    ["denoiser", "teacher", ["--length=256"]],
    ["judge", "judge", ["--length=320", "--width=256"]],
  ] as const)(
    "gives the %s that ships the validation of its card, over other rows and masks",
    async (kind, name, size) => {
      const init = `--init=${join(assetPath(name), "model.safetensors")}`;
      const [before] = await trained(
        kind,
        name,
        `as-${name}`,
        init,
        ...size,
        "--updates=1",
        "--rows=1",
        "--warmup=1e9",
      );
      const { validation } = JSON.parse(readFileSync(join(assetPath(name), "card.json"), "utf8"));
      expect(Math.abs((before?.validation ?? Number.NaN) - validation.shipped)).toBeLessThan(0.02);
    },
    900_000,
  );

  it("learns, and from larger judges too, and leaves what is imported", async () => {
    const tiny = ["--width=32", "--length=32", "--blocks=1", "--rows=8", "--lr=0.01", "--warmup=2", "--every=20"];
    for (const [kind, data, out, more] of [
      ["denoiser", "teacher", "denoiser", []],
      ["judge", "judge", "large", [`--more=${at("judge")}`]],
      ["judge", "judge", "learnt", ["--teachers", at("large")]],
    ] as const) {
      const lines = await trained(kind, data, out, ...tiny, "--updates=20", ...more);
      expect(lines.map(({ update }) => update)).toEqual([0, 20]);
      expect(lines[1]?.validation).toBeLessThan((lines[0]?.validation as number) - 0.5);
      const tokenizer = `--tokenizer=${join(assetPath(data), "tokenizer.json")}`;
      const args = ["import", `--source=${at(out)}`, tokenizer, `--out=${at(`${out}-taken`)}`];
      expect((await execa(process.execPath, [programs.core, ...args])).exitCode).toBe(0);
    }
  }, 900_000);
});

/** @file `calibrate` from end to end, on tiny random networks: what is tested, in which order, and what is written. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Calibration } from "@sdtt/core/sampler";
import { expect, it } from "vitest";
import { catchCommands, printed, rows, run, tiny } from "../cli.fixture.js";
import { openCheckpoint } from "../record/checkpoint.js";

catchCommands();

const out = () => join(tiny.folder, "calibrated.json");
const calibrateTo = (...more: string[]) =>
  run(
    "calibrate",
    ...[`--checkpoint=${tiny.student}`, `--judge=${tiny.judge}`, `--root=${tiny.root}`, `--out=${out()}`],
    ...["--corpus=embedded", "--prompts=40", "--prompt-tokens=4", "--length=10", "--threads=1"],
    ...more,
  );
const written = (): Calibration => JSON.parse(readFileSync(out(), "utf8"));

it("tests from careful to bold, stops at the first that cannot be shown to hold, and keeps the one before", async () => {
  expect(await calibrateTo("--delta=1.9", "--thresholds=0.001,0.5,0.01")).toMatchObject({ code: 0 });
  const { tested, threshold, checkpoint } = written();
  expect(checkpoint).toBe(openCheckpoint(tiny.student, "student").hash);
  expect(tested.map((one) => one.threshold)).toEqual([1, 0.5, 0.01, 0.001]);
  expect(threshold).toBe(0.001);
  // One token at a time takes as many evaluations as tokens; a threshold that all reach takes one.
  expect([tested[0]?.nfe, tested[3]?.nfe]).toEqual([6, 1]);
  expect(tested.map(({ nfe }) => nfe)).toEqual([...tested.map(({ nfe }) => nfe)].sort((a, b) => b - a));
  expect(printed).toMatch(/threshold:0.001 takes 1(.0+)? evaluations in place of 6(.0+)?: mean loss at most 1.9/);

  expect(await calibrateTo("--delta=0.0001", "--thresholds=0.5,0.001")).toMatchObject({ code: 0 });
  expect([written().threshold, written().tested.map((one) => one.threshold)]).toEqual([1, [1, 0.5]]);
  expect(printed).toContain("no candidate holds");
});

it("gives the same file again, from kept samples", async () => {
  const args = ["--loss=entropy", "--delta=1.5", "--thresholds=0.5,0.001"];
  expect(await calibrateTo(...args)).toMatchObject({ code: 0 });
  const before = readFileSync(out(), "utf8");
  expect(await calibrateTo(...args, "--sequences=7")).toMatchObject({ code: 0 });
  const same = ({ configHash: _, ...rest }: Calibration) => rest;
  expect(same(written())).toEqual(same(JSON.parse(before)));
  expect(written().loss).toBe("lost-entropy@1");
});

it("refuses a baseline and a prompt as long as the text, and writes nothing", async () => {
  const nowhere = `--out=${join(tiny.folder, "nowhere.json")}`;
  const ar = await calibrateTo(`--checkpoint=${tiny.ar}`, nowhere);
  expect([ar.code, ar.errors]).toEqual([1, expect.stringContaining("A baseline has no threshold.")]);
  const long = await calibrateTo("--prompt-tokens=10", nowhere);
  expect([long.code, long.errors]).toEqual([1, expect.stringContaining("a prompt must be shorter than the text")]);
  expect(existsSync(join(tiny.folder, "nowhere.json"))).toBe(false);
});

it("threshold:calibrated=FILE samples as the threshold that was found, of the same weights only", async () => {
  expect(await calibrateTo("--delta=1.9", "--thresholds=0.5,0.001")).toMatchObject({ code: 0 });
  const curveOf = (checkpoint: string, sampler: string) =>
    run(
      ...["curve", `--checkpoint=${checkpoint}`, "--teacher=none", `--judge=${tiny.judge}`, `--root=${tiny.root}`],
      ...["--steps=4", "--samples=3", "--threads=1", "--corpus=none", `--sampler=${sampler}`],
    );
  expect(await curveOf(tiny.student, `threshold:calibrated=${out()}`)).toMatchObject({ code: 0 });
  expect(new Set(rows().evaluations.map(({ sampler }) => sampler))).toEqual(new Set(["threshold:0.001"]));
  const other = await curveOf(tiny.teacher, `threshold:calibrated=${out()}`);
  expect([other.code, other.errors]).toEqual([1, expect.stringContaining("must be of the weights that are sampled")]);
  for (const [file, rule] of [
    ["nowhere.json", "must be there"],
    ["teacher/tokenizer.json", "must be one that `eval calibrate` wrote"],
  ]) {
    const bad = await curveOf(tiny.student, `threshold:calibrated=${join(tiny.folder, file as string)}`);
    expect([bad.code, bad.errors]).toEqual([1, expect.stringContaining(rule as string)]);
  }
});

it("a dry run refuses a sampler that there is not, and a calibration's file that there is not", async () => {
  for (const sampler of ["best", "threshold:2", "threshold:calibrated=nowhere.json"]) {
    const { code, errors } = await run("curve", "--dry-run", `--checkpoint=${tiny.student}`, `--sampler=${sampler}`);
    expect([sampler, code, errors]).toEqual([sampler, 1, expect.stringMatching(/^sampler: |\nsampler: /)]);
  }
});

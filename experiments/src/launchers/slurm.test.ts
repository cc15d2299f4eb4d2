import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freeze, submit } from "../cells/manifest.js";
import { type Experiment, list } from "../spec/define.js";
import { checkDefinition } from "../spec/definition.js";
import { writeStatus } from "../stage/status.js";
import { verdictOf, writeVerdict } from "../sweep/verdicts.js";
import { cancelJobs, runOnSlurm, slurmOptionsOf } from "./slurm.js";
import { indicesOf, parseQueue, requeueSelf, spelledIndices } from "./slurmTools.js";

const experiment: Experiment = {
  name: "queued",
  question: "Does the queue take it?",
  stages: ["curve"],
  axes: [list("curve.temperature", [0.5, 1, 1.5, 2])],
  result: { metric: "gen-ppl", steps: 4 },
  limits: { memoryMiB: 700, threads: 2 },
};
const flags = { limit: 2, minutes: 30, grace: 60, poll: 0.05 };

let folder: string;
const path = process.env.PATH;
/** What the stand-ins were called with, one line a call. */
const calls = () =>
  existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : [];

/** Stand-ins that say what Slurm 22.05's commands say, from files that a test writes. */
function standIns(): void {
  const programs = {
    sbatch: `[ -e refuse ] && { cat refuse >&2; exit 1; }; echo 17`,
    squeue: `[ -e silent ] && { echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1; }
[ -e queue ] && { cat queue; exit 0; }; echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1`,
    scancel: "exit 0",
    scontrol: `case "$1" in
ping) if [ -e down ]; then cat down; exit $(cat code 2>/dev/null || echo 1); fi; echo "Slurmctld(primary) at localhost is UP";;
show) echo "MaxArraySize            = $(cat size 2>/dev/null || echo 1001)";;
esac`,
  };
  mkdirSync(join(folder, "bin"));
  for (const [name, body] of Object.entries(programs)) {
    const file = join(folder, "bin", name);
    writeFileSync(file, `#!/bin/sh\ncd '${folder}'\necho "${name} $*" >> calls\n${body}\n`);
    chmodSync(file, 0o755);
  }
  process.env.PATH = `${join(folder, "bin")}:${path}`;
}

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

function submitted() {
  const root = join(folder, ".sdtt");
  const definition = checkDefinition("spec", experiment);
  const frozen = freeze("queued.experiment.ts", { text: "", definition });
  submit(root, frozen);
  return { root, ...frozen };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slurm-test-"));
  standIns();
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

describe("Slurm's words", () => {
  it("squeue's lines are tasks, single or in brackets, and what is no task is left out", () => {
    const text = "17_0|R|n1\n17_1|PD|(Resources)\n18_[2-3,7%2]|PD|(None)\n19|R|n2\n\n";
    expect(parseQueue(text).map(({ index, state }) => `${index} ${state}`)).toEqual([
      "0 R",
      "1 PD",
      "2 PD",
      "3 PD",
      "7 PD",
    ]);
  });

  it("indices are spelled as ranges and read back", () => {
    expect(spelledIndices([0, 1, 2, 5, 7, 8])).toBe("0-2,5,7-8");
    expect(indicesOf("0-2,5,7-8")).toEqual([0, 1, 2, 5, 7, 8]);
  });
});

describe("the Slurm launcher", () => {
  it("submits what is missing as one array job, with requeue and a signal before the limit", async () => {
    const { root, hash, manifest } = submitted();
    writeVerdict(root, "queued", manifest.cells[1]?.key as string, "cancelled", "by hand");
    await runOnSlurm(await slurmOptionsOf({ ...flags, root }, hash, manifest));
    const [sbatch = ""] = calls().filter((call) => call.startsWith("sbatch"));
    for (const flag of ["--parsable", "--array=0,2-3%2", "--requeue", "--signal=B:USR2@60", "--time=30"]) {
      expect(sbatch).toContain(flag);
    }
    expect(sbatch).toContain("--cpus-per-task=2 --mem=700M");
    const script = readFileSync(sbatch.split(" ").at(-1) as string, "utf8");
    expect(script).toContain("export SDTT_STORE_JOURNAL=rollback\nexec ");
    expect(script).toContain(`'work' '--root=${root}' '--sweep=queued' '--manifest=${hash}'`);
    expect(script).toContain('--index="$SLURM_ARRAY_TASK_ID"');
  });

  it("watches a job that is there already instead of submitting it twice", async () => {
    const { root, hash, manifest } = submitted();
    const options = await slurmOptionsOf({ ...flags, root }, hash, manifest);
    write("queue", "17_0|R|n1\n");
    const first = runOnSlurm(options);
    setTimeout(() => rmSync(join(folder, "queue")), 300);
    await first;
    write("queue", "17_0|R|n1\n");
    setTimeout(() => rmSync(join(folder, "queue")), 300);
    await runOnSlurm(options);
    expect(calls().filter((call) => call.startsWith("sbatch"))).toHaveLength(1);
  });

  it("goes by the cells' own files while Slurm does not answer", async () => {
    const { root, hash, manifest } = submitted();
    write("silent", "");
    const watching = runOnSlurm(await slurmOptionsOf({ ...flags, root }, hash, manifest));
    setTimeout(() => {
      for (const { key } of manifest.stages) {
        writeStatus(root, key, { state: "failed", attempts: 1, failures: 1, seconds: 1, error: "no luck" });
      }
    }, 300);
    await watching;
    expect(calls().filter((call) => call.startsWith("squeue")).length).toBeGreaterThan(1);
  });

  it("cancels the tasks of cells that are queued, and no other", async () => {
    const { root, hash, manifest } = submitted();
    await runOnSlurm(await slurmOptionsOf({ ...flags, root }, hash, manifest));
    write("queue", "17_2|R|n1\n17_3|PD|(Resources)\n");
    expect(await cancelJobs(root, manifest, manifest.cells.slice(0, 3))).toEqual(["17_2"]);
    expect(calls().at(-1)).toBe("scancel 17_[2]");
    expect(verdictOf(root, "queued", manifest.cells[2]?.key as string)).toBeUndefined();
  });

  it("puts a task back into the queue by its own name, and nothing that is no task", async () => {
    expect(await requeueSelf({ SLURM_ARRAY_JOB_ID: "17", SLURM_ARRAY_TASK_ID: "3" })).toBe(true);
    expect(calls()).toEqual(["scontrol requeue 17_3"]);
    expect(await requeueSelf({})).toBe(false);
  });
});

describe("is refused before anything is submitted", () => {
  const asked = async () => {
    const { root, hash, manifest } = submitted();
    return await slurmOptionsOf({ ...flags, root }, hash, manifest);
  };

  it("a Slurm that does not answer", async () => {
    const refusal = "slurm: its controller must answer (scontrol ping), got";
    write("down", "Slurmctld(primary) at localhost is DOWN\n");
    for (const code of ["1", "0"]) {
      write("code", code);
      await expect(asked()).rejects.toThrow(
        `${refusal} Slurmctld(primary) at localhost is DOWN. Start it, or use --launcher=local.`,
      );
    }
    write("down", "");
    await expect(asked()).rejects.toThrow(`${refusal} no answer (exit code 0).`);
  });

  it("a host without Slurm", async () => {
    rmSync(join(folder, "bin", "scontrol"));
    process.env.PATH = join(folder, "bin");
    await expect(asked()).rejects.toThrow("slurm: scontrol must be installed here, got no such command");
  });

  it("other cells while a job of the sweep is queued", async () => {
    const { root, hash, manifest } = submitted();
    await runOnSlurm(await slurmOptionsOf({ ...flags, root }, hash, manifest));
    write("queue", "17_0|R|n1\n");
    const fewer = { ...manifest, cells: manifest.cells.slice(1) };
    await expect(slurmOptionsOf({ ...flags, root }, "another", fewer)).rejects.toThrow(
      "sweep queued: its job must be over before other cells are submitted, got job 17.",
    );
    expect((await slurmOptionsOf({ ...flags, root }, "another commit", manifest)).hash).toBe("another commit");
  });

  it("more cells than an array may have", async () => {
    write("size", "3");
    await expect(asked()).rejects.toThrow("an array job must have at most 3 tasks (MaxArraySize), got 4 cells");
  });

  it("a job that Slurm refuses, in Slurm's words", async () => {
    const options = await asked();
    write("refuse", "sbatch: error: Batch job submission failed: Requested node configuration is not available\n");
    await expect(runOnSlurm(options)).rejects.toThrow(
      "it must accept the job, got sbatch: error: Batch job submission",
    );
  });
});

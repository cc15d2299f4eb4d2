import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockRun } from "@sdtt/core/files";
import { stageFolder } from "@sdtt/core/sweep";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { freeze, submit } from "../../cells/manifest.js";
import { type Experiment, list } from "../../spec/define.js";
import { checkDefinition } from "../../spec/definition.js";
import { freshStatus, readStatus, writeStatus } from "../../stage/status.js";
import { cellStatuses } from "../../sweep/cellStatus.js";
import { verdictOf, writeVerdict } from "../../sweep/verdicts.js";
import { activeJob, cancelJobs, runOnSlurm } from "./jobs.js";
import { failLost } from "./lost.js";
import { slurmOptionsOf } from "./options.js";
import { argumentsOf } from "./script.js";
import { indicesOf, parseQueue, requeueSelf, spelledIndices } from "./tools.js";

const experiment: Experiment = {
  name: "queued",
  question: "Does the queue take it?",
  stages: ["curve"],
  axes: [list("curve.temperature", [0.5, 1, 1.5, 2])],
  result: { metric: "gen-ppl", steps: 4 },
  limits: { memoryMiB: 700, threads: 2 },
};
const flags = { limit: 2, minutes: 30, grace: 60, poll: 0.02, slurmExtra: [] };

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
    sacct: `[ -e filed ] || { echo "Slurm accounting storage is disabled" >&2; exit 1; }; cat filed`,
    scontrol: `case "$1" in
ping) if [ -e down ]; then cat down; exit $(cat code 2>/dev/null || echo 1); fi; echo "Slurmctld(primary) at localhost is UP";;
show) [ "$2" = job ] && { cat end 2>/dev/null; exit $?; }; echo "MaxArraySize            = $(cat size 2>/dev/null || echo 1001)";;
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
  process.exitCode = 0;
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
    expect(script).toContain(`work --root=${root} --sweep=queued --manifest=${hash}`);
    expect(script).toContain('--index="$SLURM_ARRAY_TASK_ID"');
  });

  it("watches a job that is there already instead of submitting it twice", async () => {
    const { root, hash, manifest } = submitted();
    const options = await slurmOptionsOf({ ...flags, root }, hash, manifest);
    write("queue", "17_0|R|n1\n");
    const first = runOnSlurm(options);
    await vi.waitFor(() => expect(existsSync(join(root, "sweeps/queued/slurm/job.json"))).toBe(true), 60_000);
    const second = runOnSlurm(options);
    await vi.waitFor(
      () => expect(calls().filter((call) => call.startsWith("squeue")).length).toBeGreaterThan(4),
      60_000,
    );
    rmSync(join(folder, "queue"));
    await Promise.all([first, second]);
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

  it("fails cells whose tasks are gone without a word, with Slurm's reason and what the task said last", async () => {
    const { root, hash, manifest } = submitted();
    const [first, second] = manifest.stages;
    writeStatus(root, first?.key as string, { ...freshStatus, state: "stopped" });
    writeVerdict(root, "queued", manifest.cells[2]?.key as string, "cancelled", "by hand");
    write("end", "JobId=18 ArrayJobId=17 JobState=FAILED Reason=NonZeroExitCode ExitCode=0:53 NodeList=n1 StdOut=/x\n");
    const options = await slurmOptionsOf({ ...flags, root }, hash, manifest);
    mkdirSync(join(root, "sweeps/queued/slurm"), { recursive: true });
    writeFileSync(join(root, "sweeps/queued/slurm/17_1.log"), "cell 1\nslurmstepd: error: no luck\n");
    await runOnSlurm(options);
    const { state, error = "" } = readStatus(root, second?.key as string);
    const ended = "FAILED, NonZeroExitCode with exit code 0:53, its log could not be opened there on n1";
    expect([state, error]).toEqual(["failed", expect.stringContaining(`17_1 ended without a word: ${ended}; it said`)]);
    expect(error).toMatch(/it said last: slurmstepd: error: no luck \(.*17_1\.log\)$/);
    const states = cellStatuses(root, manifest).map((one) => one.state);
    expect(states).toEqual(["stopped", "failed", "cancelled", "failed"]);
    expect(process.exitCode).toBe(1);
  });

  it.each([
    ["accounting where the controller has forgotten", "OUT_OF_MEMORY|0:125|n7|None\n", /OUT_OF_MEMORY.*memory on n7$/],
    ["nobody where nobody knows", undefined, /: Slurm has forgotten how$/],
  ])("asks %s", async (_whom, filed, reason) => {
    const { root, hash, manifest } = submitted();
    if (filed) write("filed", filed);
    await runOnSlurm(await slurmOptionsOf({ ...flags, root }, hash, manifest));
    expect(readStatus(root, manifest.stages[0]?.key as string).error).toMatch(reason);
  });

  it("fails what Slurm could not start and holds, and takes it out of the queue; odd waiting is said", async () => {
    const { root, hash, manifest } = submitted();
    const rest = "17_[1-3]|PD|(AssocGrpCpuLimit)\n";
    write("queue", `17_0|PD|(launch failed requeued held)\n${rest}`);
    const said: string[] = [];
    const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
    const watching = runOnSlurm(await slurmOptionsOf({ ...flags, root }, hash, manifest));
    const waiting = "4 cells: 1 failed, 3 pending; waiting: 3 for AssocGrpCpuLimit\n";
    await vi.waitFor(() => expect(calls()).toContain("scancel 17_[0]"), 60_000);
    write("queue", rest);
    await vi.waitFor(() => expect(said.join("")).toContain(waiting), 60_000);
    for (const { key } of manifest.stages.slice(1)) writeStatus(root, key, { ...freshStatus, state: "failed" });
    await watching;
    spy.mockRestore();
    expect(readStatus(root, manifest.stages[0]?.key as string).state).toBe("failed");
  });

  it("never fails a cell that somebody works on, nor one that was not in the job", async () => {
    const { root, hash, manifest } = submitted();
    const options = await slurmOptionsOf({ ...flags, root }, hash, manifest);
    const lease = lockRun(stageFolder(root, manifest.stages[0]?.key as string));
    await failLost(options, "17", new Set([0, 2]));
    lease.release();
    const states = cellStatuses(root, manifest).map(({ state }) => state);
    expect(states).toEqual(["pending", "pending", "failed", "pending"]);
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

describe("a site's file", () => {
  const told = async (text: string, more = {}) => {
    const { root, hash, manifest } = submitted();
    write("site.json", text);
    const options = await slurmOptionsOf(
      { ...flags, ...more, root, slurmProfile: join(folder, "site.json") },
      hash,
      manifest,
    );
    return argumentsOf(options, [0]);
  };

  it("says what flags leave open", async () => {
    const text = '\ufeff{ "account": "site", "qos": "normal", "mem": "2G", "extra": ["--nodelist=n7"] }';
    const found = await told(text, { qos: "long" });
    for (const one of ["--account=site", "--qos=long", "--mem=2G", "--nodelist=n7"]) expect(found).toContain(one);
  });

  it.each([
    ["{", "site.json: it must be readable JSON"],
    ['{ "acount": "x" }', "its keys must be known, got acount"],
    ['{ "time": "soon" }', "time must be minutes, or as in 4:00:00"],
    ['{ "extra": ["--array=1"] }', "extra.0 must not be what the launcher itself says to sbatch"],
  ])("%s is refused in one line", async (text, message) => {
    await expect(told(text)).rejects.toThrow(message);
  });
});

describe("is refused before anything is submitted", () => {
  it("a time limit that ends before a task could save, and two of them", async () => {
    const { root, hash, manifest } = submitted();
    const asking = (more: object) => slurmOptionsOf({ ...flags, minutes: undefined, root, ...more }, hash, manifest);
    await expect(asking({ time: "1" })).rejects.toThrow("the time limit must be longer than --grace (60 s), got 1");
    await expect(asking({ time: "90", minutes: 30 })).rejects.toThrow("a task has one time limit, got --minutes and");
  });

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
    await expect(activeJob(root, fewer)).rejects.toThrow(
      "sweep queued: its job must be over before other cells are submitted, got job 17.",
    );
    expect((await activeJob(root, manifest))?.job).toBe("17");
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

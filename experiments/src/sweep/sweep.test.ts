import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { formatNumber } from "@sdtt/core/statistics";
import { openStore } from "@sdtt/core/store";
import { createApp, openStores } from "@sdtt/dashboard";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freeze, newestManifest, submit } from "../cells/manifest.js";
import { leftBehind, processesOf } from "../chaos/outcome.js";
import { loadSpec } from "../spec/load.js";
import { readStatus } from "../stage/status.js";
import { type Bench, openBench, writeSpec } from "./bench.fixture.js";
import { cellStatuses } from "./cellStatus.js";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.remove());

const states = (root: string, name: string) => {
  const { manifest } = newestManifest(root, name);
  return cellStatuses(root, manifest).map(({ cell, state }) => `${cell.label}: ${state}`);
};
const attempts = (root: string, name: string) =>
  newestManifest(root, name).manifest.stages.map(({ key }) => readStatus(root, key).attempts);
const flags = (spec: string, root: string) => ["sweep", `--spec=${spec}`, `--root=${root}`, "--threads=1"];

/** Ten processes a test, each of seconds: minutes where many share a core. */
const timeout = 600_000;

describe("a sweep", { timeout }, () => {
  it("stops after the current update when it is asked to, goes on where it was, and runs nothing twice", async () => {
    const root = join(bench.folder, "stopped");
    const spec = writeSpec(bench.folder, "stopped", "", "updates: 100");
    const first = bench.start(flags(spec, root));
    const [round] = await stagesOnceThere(root, "stopped");
    await until(() =>
      existsSync(join(root, "work", round?.run ?? "", "runs", round?.name ?? "", "round-1", "checkpoints")),
    );
    first.child.kill("SIGTERM");
    const stopped = await first.ended;
    // 128 + SIGTERM: `sweep && next` and Slurm see that it is not done.
    expect([stopped.code, states(root, "stopped")]).toEqual([143, ["seed=1: stopped"]]);
    expect(stopped.stderr).toContain("stages stop after their current update");
    expect(processesOf(root)).toEqual([]);
    const again = await bench.run(...flags(spec, root));
    expect([again.code, states(root, "stopped")]).toEqual([0, ["seed=1: done"]]);
    expect(attempts(root, "stopped")).toEqual([2, 1]);
    await bench.run(...flags(spec, root));
    expect(attempts(root, "stopped")).toEqual([2, 1]);
    expect(leftBehind(root)).toEqual([]);
    const log = readFileSync(join(root, "stages", round?.key ?? "", "log.txt"), "utf8");
    expect(log.match(/^=== .* attempt \d: npx nx run distill:round /gm)).toHaveLength(2);
  });

  it("ends its stages when it is killed, so that none outlives it", async () => {
    const root = join(bench.folder, "orphan");
    const spec = writeSpec(bench.folder, "orphan", "", "updates: 4000");
    const sweep = bench.start(flags(spec, root));
    const [round] = await stagesOnceThere(root, "orphan");
    await until(() =>
      existsSync(join(root, "work", round?.run ?? "", "runs", round?.name ?? "", "round-1", "checkpoints")),
    );
    sweep.child.kill("SIGKILL");
    await sweep.ended;
    await until(() => processesOf(root).length === 0);
    expect(readStatus(root, round?.key ?? "").state).toBe("running");
    expect(states(root, "orphan")).toEqual(["seed=1: stopped"]);
  });

  it("gives up what is the user's fault at once, goes on with the rest, and takes it up again after a retry", async () => {
    const root = join(bench.folder, "failing");
    const spec = writeSpec(bench.folder, "failing", 'axes: [list("rounds.lr", [1e-3, 1e30])]');
    const { code, stderr } = await bench.run(...flags(spec, root));
    expect(code).toBe(1);
    expect(states(root, "failing")).toEqual(["lr=0.001 seed=1: done", "lr=1e+30 seed=1: failed"]);
    expect(stderr).toContain("failed: lr=1e+30 seed=1: round 1: loss and gradients must stay finite");
    expect(attempts(root, "failing")).toEqual([1, 1, 1, 0]);
    const retry = await bench.run("retry", `--root=${root}`, "--cell=lr=1e+30");
    const goOn = `failing: 1 cells will run again with: npx nx run experiments:sweep --spec=${spec} --root=${root}\n`;
    expect([retry.code, retry.stdout]).toEqual([0, goOn]);
    expect(states(root, "failing")[1]).toBe("lr=1e+30 seed=1: stopped");
    const cancel = await bench.run("cancel", `--root=${root}`);
    expect(cancel.stdout).toContain("failing: 1 cells cancelled");
    expect((await bench.run(...flags(spec, root))).code).toBe(0);
    expect(states(root, "failing")[1]).toBe("lr=1e+30 seed=1: cancelled");
    const csv = (await bench.run("export", `--root=${root}`)).stdout.trim().split("\n");
    expect(csv.filter((line) => line.includes("gen-ppl-retokenised@1"))).toHaveLength(2);
    expect(csv.filter((line) => line.includes("cancelled"))).toHaveLength(1);
  });

  it("has one value a cell: in the terminal's table, in the page's grid and on the page's curve", async () => {
    const root = join(bench.folder, "shown");
    const spec = writeSpec(bench.folder, "shown", 'axes: [list("rounds.lr", [1e-3, 1e-2])], seeds: [1, 2]');
    expect((await bench.run(...flags(spec, root))).code).toBe(0);
    const { stdout } = await bench.run("status", "--sweep=shown", `--root=${root}`);
    const stores = openStores([join(root, "sdtt.sqlite")]);
    const ask = async (path: string) =>
      (await createApp(stores, new Map()).request(`http://localhost/api/${path}`)).json();
    const { cells } = (await ask("sweep?experiment=shown&steps=4")) as {
      cells: { value: { mean: number; n: number } }[];
    };
    const { series } = (await ask("curve?experiment=shown")) as {
      series: { label: string; points: { steps: number; value: { mean: number; n: number } }[] }[];
    };
    stores.close();
    const lines = series.filter(({ label }) => label.startsWith("lr = "));
    expect(lines.map(({ label }) => label)).toEqual(["lr = 0.001, round 1", "lr = 0.01, round 1"]);
    for (const [i, { label, points }] of lines.entries()) {
      const { value } = points.find(({ steps }) => steps === 4) ?? {};
      expect([label, value?.n, cells[i]?.value.n]).toEqual([label, 2, 2]);
      expect(cells[i]?.value.mean).toBeCloseTo(value?.mean ?? Number.NaN, 9);
      expect(stdout).toMatch(new RegExp(`lr=${[0.001, 0.01][i]} +${formatNumber(value?.mean ?? null)} \\[`));
    }
  });

  it("tries again what was killed, ends what takes too much memory, and says where each row comes from", async () => {
    const root = join(bench.folder, "killed");
    const limits = "limits: { retries: 1, backoffSeconds: 0.05 }";
    const spec = writeSpec(bench.folder, "killed", limits, "updates: 12");
    const sweep = bench.start(flags(spec, root));
    const [round] = await stagesOnceThere(root, "killed");
    await until(() => (readStatus(root, round?.key ?? "").pid ?? 0) > 0);
    process.kill(readStatus(root, round?.key ?? "").pid as number, "SIGKILL");
    expect((await sweep.ended).code).toBe(0);
    expect(attempts(root, "killed")).toEqual([2, 1]);
    const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
    const origins = (id: string) => store.events(id).filter(({ kind }) => kind === "provenance");
    for (const { id } of store.runs()) expect(origins(id)).toHaveLength(1);
    expect(store.experiments()).toMatchObject([{ name: "killed", question: "Does it go on where it was?" }]);
    store.close();
    const small = writeSpec(bench.folder, "small", "limits: { memoryMiB: 40 }", "updates: 13");
    const { code, stderr } = await bench.run(...flags(small, root));
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("it took more memory than limits.memoryMiB allows (40 MiB)"),
    ]);
  });

  it("as a task of Slurm saves and queues itself again before its time is over, and ends where it was", async () => {
    const root = join(bench.folder, "task");
    const spec = writeSpec(bench.folder, "task", "", "updates: 100");
    const frozen = freeze(spec, await loadSpec(spec, { size: "embedded" }));
    submit(root, frozen);
    const programs = mkdtempSync(join(bench.folder, "programs-"));
    writeFileSync(join(programs, "scontrol"), `#!/bin/sh\necho "$*" >> ${programs}/calls\n`, { mode: 0o755 });
    const slurm = { SLURM_ARRAY_JOB_ID: "17", SLURM_ARRAY_TASK_ID: "0", PATH: `${programs}:${process.env.PATH}` };
    const task = ["work", `--root=${root}`, "--sweep=task", `--manifest=${frozen.hash}`, "--index=0"];
    const first = bench.start(task, slurm);
    const [round] = frozen.manifest.stages;
    await until(() =>
      existsSync(join(root, "work", round?.run ?? "", "runs", round?.name ?? "", "round-1", "checkpoints")),
    );
    first.child.kill("SIGUSR2");
    const { code, stdout } = await first.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining("cell 0: stopped\nqueued again\n")]);
    expect(readFileSync(join(programs, "calls"), "utf8")).toBe("requeue 17_0\n");
    const second = await bench.start(task, slurm).ended;
    expect([second.code, states(root, "task")]).toEqual([0, ["seed=1: done"]]);
    expect(attempts(root, "task")).toEqual([2, 1]);
    const journals = filesBelow(root).filter((name) => name.endsWith("-wal"));
    expect([journals, existsSync(join(root, "sdtt.sqlite"))]).toEqual([[], false]);
  });

  it("refuses what this machine cannot hold, before anything is written", async () => {
    const root = join(bench.folder, "large");
    const spec = writeSpec(bench.folder, "large", "limits: { memoryMiB: 900000000 }");
    const { code, stderr } = await bench.run(...flags(spec, root));
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("sweep: every stage must fit into memory, got a stage of"),
    ]);
    expect(existsSync(root)).toBe(false);
  });

  it("refuses a host without Slurm, and one whose Slurm has no controller, before anything is written", async () => {
    const root = join(bench.folder, "unreachable");
    const spec = writeSpec(bench.folder, "unreachable", "");
    const programs = mkdtempSync(join(bench.folder, "programs-"));
    const asked = () => bench.start([...flags(spec, root), "--launcher=slurm"], { PATH: programs }).ended;
    const absent = await asked();
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining("scontrol must be installed here")]);
    const down = "Slurmctld(primary) at localhost is DOWN";
    writeFileSync(join(programs, "scontrol"), `#!/bin/sh\necho "${down}"\n`, { mode: 0o755 });
    const silent = await asked();
    expect([silent.code, silent.stderr]).toEqual([
      1,
      expect.stringContaining(`must answer (scontrol ping), got ${down}`),
    ]);
    expect(existsSync(root)).toBe(false);
  });
});

const filesBelow = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" });

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

async function stagesOnceThere(root: string, name: string) {
  await until(() => existsSync(join(root, "sweeps", name, "submissions.json")));
  return newestManifest(root, name).manifest.stages;
}

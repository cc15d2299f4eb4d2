import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestManifest } from "../../cells/manifest.js";
import { differencesOf, leftBehind, outcomeOf } from "../../chaos/outcome.js";
import { readStatus } from "../../stage/status.js";
import { type Bench, oneByOne, openBench, type Running, writeSpec } from "../../sweep/bench.fixture.js";
import { type Cluster, startCluster, whyNoCluster } from "./cluster.fixture.js";

/** SDTT_SLURM_LOG=FILE keeps what the sweeps, the controller and the nodes said, without the places. */
function keepLog(cluster: string, bench: string, said: Readonly<Record<string, string>>): void {
  const file = process.env.SDTT_SLURM_LOG;
  if (!file) return;
  const lines = (name: string, about: RegExp) => {
    const all = readFileSync(join(cluster, "log", `${name}.log`), "utf8").split("\n");
    return all.filter((line) => about.test(line)).join("\n");
  };
  const slurmd = lines("slurmd.n2", /slurmd .*started|Launching|Purging|done with/);
  const parts = { ...said, slurmctld: lines("ctld", /JobId=|node n\d/i), "slurmd of n2": slurmd };
  const text = Object.entries(parts).map(([name, part]) => `== ${name}\n${part.trim()}\n`);
  writeFileSync(file, text.join("\n").replaceAll(cluster, "CLUSTER").replaceAll(bench, "BENCH"));
}

const reason = whyNoCluster();
const title = reason ? `a sweep on Slurm, skipped: ${reason}` : "a sweep on Slurm";

describe.skipIf(reason !== undefined)(title, () => {
  let bench: Bench;
  let cluster: Cluster;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "slurm-"));
    bench = await openBench();
    cluster = await startCluster(folder);
  }, 300_000);
  afterAll(async () => {
    await cluster?.stop();
    bench?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Kills the second node once the task there has a stage that runs, and starts it again; returns that stage. */
  async function killInTheMiddle(root: string, sweep: Running): Promise<string> {
    let over = false;
    void sweep.ended.then(() => (over = true));
    while (!over) {
      await sleep(100);
      const task = cluster.running().find(({ node }) => node === "n2");
      const cell = task && newestManifest(root, "slurm").manifest.cells[Number(task.id.split("_")[1])];
      const stage = cell?.stages.find((key) => readStatus(root, key).pid && readStatus(root, key).state === "running");
      if (!stage) continue;
      await sleep(500);
      cluster.killNode("n2");
      // A node that comes back is asked for its tasks; one that began less than BatchStartTimeout + 10 s ago may be late.
      await sleep(13_000);
      cluster.startNode("n2");
      return stage;
    }
    throw new Error(`the sweep was over before a node died: ${sweep.said()}`);
  }

  it("ends with the local launcher's results though a node dies in the middle", async () => {
    const spec = writeSpec(bench.folder, "slurm", "seeds: [1, 2, 3], limits: { memoryMiB: 900 }", "updates: 40");
    const [here, there] = [join(bench.folder, "here"), join(bench.folder, "there")];
    const slurm = ["--launcher=slurm", "--poll=1", "--minutes=30", "--grace=30"];
    const sweep = bench.start(["sweep", `--spec=${spec}`, `--root=${there}`, ...slurm], cluster.env);
    const local = bench.run(...oneByOne(spec, here));
    const killed = await killInTheMiddle(there, sweep);
    const { code, stdout, stderr } = await sweep.ended;
    const elsewhere = await local;
    expect([code, stderr]).toEqual([0, expect.stringContaining("3 cells: 3 done")]);
    expect(readStatus(there, killed).attempts).toBeGreaterThan(1);
    expect(stdout).toContain("3 done");
    expect(elsewhere.code).toBe(0);
    const [wanted, found] = [outcomeOf(here), outcomeOf(there)];
    const differences = differencesOf(wanted, found);
    keepLog(folder, bench.folder, {
      "the sweep on two nodes": `${stderr}${stdout}`,
      "the sweep of the local launcher": `${elsewhere.stderr}${elsewhere.stdout}`,
      "compared, byte for byte": `${Object.keys(wanted).length} files and rows, ${differences.length} differ`,
    });
    expect(differences).toEqual([]);
    expect(leftBehind(there)).toEqual([]);
    const log = readFileSync(join(folder, "log", "ctld.log"), "utf8");
    expect(log).toMatch(/requeue/i);
  }, 600_000);

  it("spreads a curve's rows and a file's last words over tasks, with the local launcher's figures and samples", async () => {
    const spec = writeSpec(bench.folder, "spread", "seeds: [1], limits: { memoryMiB: 900, shards: 2 }", "updates: 2");
    const withWords = readFileSync(spec, "utf8")
      .replace('stages: ["rounds", "curve"]', 'stages: ["rounds", "curve", "lambada"]')
      .replace("base: {", `base: { lambada: { corpus: "${bench.folder}/texts", words: 4, engine: "onnx" },`);
    writeFileSync(spec, withWords);
    const [here, there] = [join(bench.folder, "alone"), join(bench.folder, "spread")];
    const slurm = ["--launcher=slurm", "--poll=1", "--minutes=30"];
    const sweep = bench.start(["sweep", `--spec=${spec}`, `--root=${there}`, ...slurm], cluster.env);
    const local = await bench.run(...oneByOne(spec, here));
    const { code, stderr } = await sweep.ended;
    expect([code, local.code, stderr]).toEqual([0, 0, expect.stringContaining("1 cells: 1 done")]);
    const folder = join(there, "sweeps/spread/slurm");
    const logs = readdirSync(folder).filter((name) => name.endsWith(".log"));
    const said = logs.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
    for (const kind of ["curve", "lambada"])
      expect(said).toMatch(new RegExp(`${kind} [0-9a-f]{8}: 2 shards, job \\d+`));
    expect(said).not.toContain("drawing alone");
    expect(said).toContain("2 shards put together");
    // Beside the shards themselves, which stay.
    const differences = differencesOf(outcomeOf(here), outcomeOf(there));
    expect(differences.filter((path) => !path.includes("/shards/"))).toEqual([]);
    expect(leftBehind(there)).toEqual([]);
  }, 600_000);

  it("runs under a root of any name", async () => {
    const root = join(bench.folder, '50%A of ünï 🙂 "q" it\'s `date` \\ $HOME\nline two');
    const spec = writeSpec(bench.folder, "names", "seeds: [1], limits: { memoryMiB: 900 }", "updates: 2");
    const args = ["sweep", `--spec=${spec}`, `--root=${root}`, "--launcher=slurm", "--poll=1", "--minutes=10"];
    const { code, stderr } = await bench.start([...args, "--slurm-extra=--comment=a, 'b'"], cluster.env).ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining("1 cells: 1 done")]);
    expect(readdirSync(join(root, "sweeps/names/slurm")).filter((name) => /^\d+_0\.log$/.test(name))).toHaveLength(1);
  }, 600_000);

  it("fails cells whose tasks never begin, or are killed, with Slurm's reason and a non-zero exit", async () => {
    const spec = writeSpec(bench.folder, "lost", "seeds: [1, 2], limits: { memoryMiB: 900 }", "updates: 400");
    const args = ["sweep", `--spec=${spec}`, "--launcher=slurm", "--poll=1", "--minutes=10"];
    const never = join(bench.folder, "never");
    const input = "--slurm-extra=--input=/no such file";
    const begun = await bench.start([...args, `--root=${never}`, input], cluster.env).ended;
    expect([begun.code, begun.stderr]).toEqual([1, expect.stringContaining("2 cells: 2 failed")]);
    expect(begun.stderr).toMatch(/failed: seed=1: its task \d+_0 ended without a word: FAILED.* on n[12]/);
    const killed = join(bench.folder, "killed");
    const sweep = bench.start([...args, `--root=${killed}`, "--limit=1"], cluster.env);
    const kill = () => {
      const [task] = cluster.running();
      const stage =
        task && newestManifest(killed, "lost").manifest.stages.find(({ key }) => readStatus(killed, key).pid);
      if (task && stage) cluster.killTask(task.node);
    };
    const killing = setInterval(kill, 500);
    const { code, stderr } = await sweep.ended;
    clearInterval(killing);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /failed: seed=1: its task \d+_0 ended without a word: FAILED.* exit code 0:9, killed on n[12]/,
    );
  }, 600_000);
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differencesOf, leftBehind, outcomeOf } from "../chaos/outcome.js";
import { type Bench, openBench, writeSpec } from "../sweep/bench.fixture.js";
import { type Cluster, startCluster, whyNoCluster } from "./cluster.fixture.js";

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

  it("ends with the local launcher's results though a node dies in the middle", async () => {
    const more =
      'axes: [list("rounds.divergence", ["reverse-kl", "forward-kl"])], seeds: [1, 2], limits: { memoryMiB: 900 }';
    const spec = writeSpec(bench.folder, "slurm", more, "updates: 40");
    const [here, there] = [join(bench.folder, "here"), join(bench.folder, "there")];
    const slurm = ["--launcher=slurm", "--poll=1", "--minutes=30", "--grace=30"];
    const sweep = bench.start(["sweep", `--spec=${spec}`, `--root=${there}`, ...slurm], cluster.env);
    let killed = "";
    void sweep.ended.then(() => (killed ||= "the sweep was over first"));
    while (!killed) {
      await sleep(500);
      const victim = cluster.running().find(({ node }) => node === "n2");
      if (!victim) continue;
      await sleep(2000);
      cluster.killNode("n2");
      killed = victim.id;
      await sleep(1000);
      cluster.startNode("n2");
    }
    const { code, stdout, stderr } = await sweep.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining("4 cells: 4 done")]);
    expect(killed).toMatch(/^\d+_\d+$/);
    expect(stdout).toContain("4 done");
    const local = await bench.run("sweep", `--spec=${spec}`, `--root=${here}`, "--threads=1");
    expect(local.code).toBe(0);
    expect(differencesOf(outcomeOf(here), outcomeOf(there))).toEqual([]);
    expect(leftBehind(there)).toEqual([]);
    const log = readFileSync(join(folder, "log", "ctld.log"), "utf8");
    expect(log).toMatch(/requeue/i);
  }, 600_000);
});

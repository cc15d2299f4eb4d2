import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@sdtt/core/store";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestManifest } from "../cells/manifest.js";
import { leftBehind } from "../chaos/outcome.js";
import { type Cluster, startCluster, whyNoCluster } from "../launchers/slurm/cluster.fixture.js";
import { repository } from "../programs.js";
import { readStatus } from "../stage/status.js";
import { type Bench, openBench, type Running } from "../sweep/bench.fixture.js";

/** SDTT_TORCHRUN_LOG=FILE keeps what the sweeps, the stages and the controller said, without the places. */
function keepLog(parts: Readonly<Record<string, string>>, places: Readonly<Record<string, string>>): void {
  const file = process.env.SDTT_TORCHRUN_LOG;
  if (!file) return;
  const text = Object.entries(parts).map(([name, part]) => `== ${name}\n${part.trim()}\n`);
  const said = Object.entries(places).reduce((all, [name, place]) => all.replaceAll(place, name), text.join("\n"));
  writeFileSync(file, said);
}

const noTorch = spawnSync("torchrun", ["--help"]).status === 0 ? undefined : "no torchrun on PATH (PyTorch 2)";
const script = join(repository, "experiments/torch/train_mdlm.py");

/** Two learning rates, two processes, a curve of each. */
function writeSpec(folder: string, name: string, updates: number): string {
  const run = [
    ...["torchrun", "--nnodes={nodes}", "--nproc-per-node={processes}", "--rdzv-backend=c10d", "--rdzv-id={port}"],
    ...["--rdzv-endpoint={master}:{port}", script, `--data=${folder}/data`, "--out={out}", "--seed={seed}"],
    ...["--lr={lr}", "--updates={updates}", "--length=16", "--width=32", "--blocks=1", "--checkpoint-every=5"],
  ];
  const command = { run, values: { updates }, environment: { GLOO_SOCKET_IFNAME: "lo", PYTHONDONTWRITEBYTECODE: "1" } };
  const more = { tokenizer: `${folder}/data/tokenizer.json`, format: "mdlm", nodes: 2, memoryMiB: 800 };
  const path = join(folder, `${name}.experiment.ts`);
  writeFileSync(
    path,
    `import { defineExperiment, list } from "@sdtt/experiments";
export default defineExperiment({
  name: "${name}",
  question: "Does torchrun train what is judged here?",
  stages: ["command", "curve"],
  base: {
    command: ${JSON.stringify({ ...command, ...more })},
    curve: { judge: "${folder}/judge", steps: [2, 4], samples: 4, engine: "onnx" },
  },
  axes: [list("command.lr", [0.01, 0.003])],
  result: { metric: "gen-ppl", definition: "gen-ppl-retokenised@1", steps: 4 },
  limits: { memoryMiB: 900, backoffSeconds: 5, retries: 5 },
});
`,
  );
  return path;
}

/** Losses by update of the external runs of a root, one list a run. */
function lossesOf(root: string): (number | null)[][] {
  const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
  try {
    const runs = store.runs().filter(({ engine }) => engine === "external");
    return runs.map(({ id }) => store.trainPoints(id).map(({ loss }) => loss)).sort();
  } finally {
    store.close();
  }
}

const commandsOf = (root: string, name: string) =>
  newestManifest(root, name).manifest.stages.filter(({ kind }) => kind === "command");

const logsOf = (root: string, name: string) =>
  commandsOf(root, name)
    .map(({ key }) => readFileSync(join(root, "stages", key, "log.txt"), "utf8"))
    .map((log) => log.split("\n").filter((line) => !/"update": \d*[1-46-9],/.test(line)))
    .map((lines) => lines.join("\n"))
    .join("\n");

const title = noTorch ? `torchrun, skipped: ${noTorch}` : "torchrun";
describe.skipIf(noTorch !== undefined)(title, { timeout: 900_000 }, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    const prepare = ["prepare", `--source=${bench.folder}/texts`, `--out=${bench.folder}/data`];
    await execa(process.execPath, [
      bench.programs.distill,
      ...prepare,
      `--tokenizer=${bench.folder}/teacher/tokenizer.json`,
    ]);
  }, 300_000);
  afterAll(() => bench?.remove());

  it("trains a model in two processes here, which is imported, has its curve, and its loss falls", async () => {
    const root = join(bench.folder, "here");
    const spec = writeSpec(bench.folder, "local-torch", 30);
    const { code, stderr } = await bench.run("sweep", `--spec=${spec}`, `--root=${root}`, "--threads=2", "--workers=1");
    expect([code, stderr]).toEqual([0, expect.stringContaining("")]);
    const [first] = commandsOf(root, "local-torch");
    expect(readStatus(root, first?.key ?? "").state).toBe("done");
    const losses = lossesOf(root);
    expect(losses.map((run) => run.length)).toEqual([30, 30]);
    for (const run of losses) {
      const mean = (part: (number | null)[]) =>
        part.reduce<number>((sum, x) => sum + (x ?? Number.NaN), 0) / part.length;
      expect(mean(run.slice(-10))).toBeLessThan(mean(run.slice(0, 10)));
    }
  });

  const noCluster = whyNoCluster();
  const onSlurm = noCluster ? `on two nodes of Slurm, skipped: ${noCluster}` : "on two nodes of Slurm";
  describe.skipIf(noCluster !== undefined)(onSlurm, () => {
    let cluster: Cluster;
    const folder = mkdtempSync(join(tmpdir(), "slurm-"));
    beforeAll(async () => {
      cluster = await startCluster(folder);
    }, 300_000);
    afterAll(async () => {
      await cluster?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Kills the second node while both train, and starts it again. */
    async function killInTheMiddle(root: string, sweep: Running): Promise<string> {
      let over = false;
      void sweep.ended.then(() => (over = true));
      const hasBegun = (run: string) => existsSync(join(root, "work", run, "out", "state.pt"));
      while (!over) {
        await sleep(100);
        const stage = existsSync(join(root, "sweeps"))
          ? commandsOf(root, "slurm-torch").find(({ run }) => hasBegun(run))
          : undefined;
        if (!stage) continue;
        cluster.killNode("n2");
        // Until Slurm has noticed, srun waits for it.
        while (!over && !/n2 down/.test(cluster.nodes())) await sleep(500);
        cluster.startNode("n2");
        return stage.key;
      }
      throw new Error(`the sweep was over before a node died: ${sweep.said()}`);
    }

    it("goes on from its own checkpoint when a node dies in the middle, to the losses of an undisturbed run", async () => {
      const updates = 200;
      const spec = writeSpec(bench.folder, "slurm-torch", updates);
      const root = join(bench.folder, "there");
      const slurm = ["--launcher=slurm", "--poll=1", "--minutes=30", "--grace=30"];
      const sweep = bench.start(["sweep", `--spec=${spec}`, `--root=${root}`, ...slurm], cluster.env);
      const killed = await killInTheMiddle(root, sweep);
      const { code, stdout, stderr } = await sweep.ended;
      const ctld = readFileSync(join(folder, "log", "ctld.log"), "utf8").split("\n");
      keepLog(
        {
          "the sweep on two nodes": `${stderr}${stdout}`,
          "its stages, every fifth update": logsOf(root, "slurm-torch"),
          slurmctld: ctld.filter((line) => /JobId=|node n\d/i.test(line)).join("\n"),
        },
        { CLUSTER: folder, BENCH: bench.folder, REPOSITORY: repository },
      );
      expect([code, stderr]).toEqual([0, expect.stringContaining("2 cells: 2 done")]);
      expect(readStatus(root, killed).attempts).toBeGreaterThan(1);
      expect(lossesOf(root).map((run) => run.length)).toEqual([updates, updates]);
      expect(leftBehind(root)).toEqual([]);
      const here = join(bench.folder, "undisturbed");
      await bench.run("sweep", `--spec=${spec}`, `--root=${here}`, "--threads=2", "--workers=1");
      const [there, wanted] = [lossesOf(root), lossesOf(here)];
      for (const [i, run] of there.entries()) {
        for (const [update, loss] of run.entries()) expect(loss).toBeCloseTo(wanted[i]?.[update] ?? Number.NaN, 3);
      }
    });
  });
});

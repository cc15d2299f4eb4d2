/**
 * @file A submitted sweep for tests, as its runner leaves it on disk: two axes, two seeds, cells in every state.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hostile } from "../../seed.fixture.js";

export const hash = (...key: (string | number)[]) =>
  createHash("sha256").update(key.join(" ")).digest("hex").slice(0, 32);

function write(root: string, path: string, content: unknown): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
}

interface Cell {
  readonly lr: number;
  readonly substeps: number;
  readonly seed: number;
}

/** By learning rate: done, in work, failed; the cells of four substeps at lr 0.1 were pruned. */
function settle(root: string, name: string, { lr, substeps, seed }: Cell): void {
  const cell = hash("cell", lr, substeps, seed);
  const states = { 0.001: ["done", "done"], 0.01: ["done", "stopped"], 0.1: ["failed", "pending"] }[lr] as string[];
  const endedAt = "2026-11-21T00:00:00.000Z";
  for (const [i, kind] of ["round", "curve"].entries()) {
    const stage = hash(kind, lr, substeps, seed);
    if (states[i] === "pending") continue;
    const error = states[i] === "failed" ? { error: `out of memory ${hostile}` } : {};
    write(root, `stages/${stage}/status.json`, { state: states[i], endedAt, seconds: 9, ...error });
    write(root, `stages/${stage}/log.txt`, `${"line\n".repeat(5000)}the end of ${kind}\n`);
  }
  const pruned = { state: "pruned", reason: "after round 1: 900.0, median 400.0 of 8", at: "2026-11-21T00:00:00.000Z" };
  if (lr === 0.1 && substeps === 4) write(root, `sweeps/${name}/cells/${cell}.json`, pruned);
  if (lr !== 0.001) return;
  const figure = { runId: `curve-${substeps}-${seed}`, metric: "gen-ppl", definition: "gen-ppl@1", stderr: 3 };
  const values = [4, 8].map((steps) => ({
    ...figure,
    key: `${steps}-${substeps}-${seed}`,
    steps,
    value: 800 / steps + seed,
    entropy: 4 + seed / 10,
  }));
  const broken = { ...figure, key: "broken", steps: 16, value: "number:Infinity" };
  write(root, `stages/${hash("curve", lr, substeps, seed)}/results.json`, [...values, broken]);
}

/** Puts the sweep `name` under `root`; the experiment itself must be in the store there. */
export function submitSweep(root: string, name: string): void {
  const all = [0.001, 0.01, 0.1].flatMap((lr) =>
    [2, 4].flatMap((substeps) => [1, 2].map((seed): Cell => ({ lr, substeps, seed }))),
  );
  const stagesOf = ({ lr, substeps, seed }: Cell) => ["round", "curve"].map((kind) => hash(kind, lr, substeps, seed));
  const cells = all.map((cell) => ({
    key: hash("cell", cell.lr, cell.substeps, cell.seed),
    label: `lr=${cell.lr} substeps=${cell.substeps} seed=${cell.seed}`,
    values: { "rounds.lr": cell.lr, "rounds.substeps": cell.substeps },
    seed: cell.seed,
    stages: stagesOf(cell),
    byRound: { 1: stagesOf(cell)[1] },
  }));
  const stages = all.flatMap((cell) =>
    stagesOf(cell).map((key, i) => ({ key, kind: i === 0 ? "round" : "curve", name: `rounds-${key}`, round: 1 })),
  );
  const definition = { name, result: { metric: "gen-ppl", definition: "gen-ppl@1", steps: 8 } };
  const manifest = { format: 1, spec: { path: "experiments/a study.experiment.ts" }, definition, stages, cells };
  write(root, `sweeps/${name}/manifests/${hash("manifest")}.json`, manifest);
  write(root, `sweeps/${name}/submissions.json`, [{ manifest: hash("manifest"), at: "2026-11-21T00:00:00.000Z" }]);
  for (const cell of all) settle(root, name, cell);
}

import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "@sdtt/core/files";
import { openStore } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestManifest } from "../cells/manifest.js";
import { leftBehind } from "../chaos/outcome.js";
import { readStatus } from "../stage/status.js";
import { type Bench, oneByOne, openBench } from "../sweep/bench.fixture.js";

let bench: Bench;
/** Models in the published layout that a trainer may leave. */
const models = () => join(bench.folder, "models");

beforeAll(async () => {
  bench = await openBench();
  const { execa } = await import("execa");
  const [whole, broken] = ["whole", "broken"].map((name) => join(models(), name)) as [string, string];
  mkdirSync(models());
  const args = ["export", `--checkpoint=${join(bench.folder, "teacher")}`, `--out=${whole}`, "--format=mdlm"];
  await execa(process.execPath, [bench.programs.core, ...args]);
  cpSync(whole, broken, { recursive: true });
  truncateSync(join(broken, "model.safetensors"), 9_000);
}, 600_000);
afterAll(() => bench.remove());

/** A trainer: says so many updates, goes on after those that are done, and leaves what it is told to. */
const trainer = `
import { appendFileSync, cpSync, existsSync, readFileSync } from "node:fs";
const [out, model, code, updates, ms] = process.argv.slice(2);
const done = out + "/done";
const from = existsSync(done) ? readFileSync(done, "utf8").length : 0;
appendFileSync(out + "/pids", process.pid + " ");
console.log("a trainer's words");
for (let update = from + 1; update <= Number(updates); update++) {
  await new Promise((resolve) => setTimeout(resolve, Number(ms)));
  console.log(JSON.stringify({ step: update, loss: 1 / update, lr: 0.1, tokens: 8 * update }));
  appendFileSync(done, ".");
}
if (model !== "none") cpSync(model, out + "/checkpoint", { recursive: true });
process.exit(Number(code));
`;

interface Trainer {
  readonly model?: "whole" | "broken" | "none";
  readonly code?: number;
  readonly updates?: number;
  readonly ms?: number;
  /** Put into the trainer's file. */
  readonly note?: string;
}

/** A spec of that trainer and a curve of what it leaves. */
function specOf(
  name: string,
  { model = "whole", code = 0, updates = 5, ms = 1, note = "" }: Trainer,
  more = "",
): string {
  const script = join(bench.folder, "trainer.mjs");
  writeFileSync(script, `${trainer}// ${note}\n`);
  const left = model === "none" ? model : join(models(), model);
  const run = [process.execPath, script, "{out}", left, `${code}`, "{updates}", `${ms}`];
  const path = join(bench.folder, `${name}.experiment.ts`);
  writeFileSync(
    path,
    `import { defineExperiment } from "@sdtt/experiments";
export default defineExperiment({
  name: "${name}",
  question: "Does another's program count as a stage?",
  stages: ["command", "curve"],
  base: {
    command: { run: ${JSON.stringify(run)}, values: { updates: ${updates} } },
    curve: { judge: "${bench.folder}/judge", steps: [2], samples: 4, engine: "onnx" },
  },
  result: { metric: "gen-ppl", definition: "gen-ppl-retokenised@1", steps: 2 },
  limits: { backoffSeconds: 0.05, retries: 1 },
  ${more}
});
`,
  );
  return path;
}

const rootOf = (name: string) => join(bench.folder, `root-${name}`);
const commandOf = (root: string, name: string) =>
  newestManifest(root, name).manifest.stages.find(({ kind }) => kind === "command");
const statusOf = (root: string, name: string) => readStatus(root, commandOf(root, name)?.key ?? "");
const outOf = (root: string, name: string) => join(root, "work", commandOf(root, name)?.run ?? "", "out");

async function swept(name: string, trainer: Trainer) {
  const root = rootOf(name);
  const ended = await bench.run(...oneByOne(specOf(name, trainer), root));
  return { ...ended, root, status: statusOf(root, name) };
}

/** Training points, checkpoints and figures that the root's store has of a sweep. */
function storedOf(root: string) {
  const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
  try {
    const run = store.runs().find(({ engine }) => engine === "external");
    const runId = run?.id ?? "";
    return {
      run,
      points: store
        .trainPoints(runId)
        .map(({ update, loss, learningRate, tokens }) => [update, loss, learningRate, tokens]),
      checkpoints: store.checkpoints({ runId }).map(({ hash }) => hash),
      figures: store.evaluations().map(({ subjectHash, value }) => [subjectHash, value]),
      events: store.events(runId).map(({ kind, message }) => `${kind}: ${message}`),
    };
  } finally {
    store.close();
  }
}

describe("an external program as a stage", { timeout: 600_000 }, () => {
  it("trains, is imported, has its points, and is judged", async () => {
    const { code, status, root } = await swept("good", {});
    expect([code, status.state, status.attempts]).toEqual([0, "done", 1]);
    const { run, points, checkpoints, figures, events } = storedOf(root);
    expect(run).toMatchObject({ status: "done", stage: "pretrain", round: 0 });
    expect(points).toEqual([1, 2, 3, 4, 5].map((update) => [update, 1 / update, 0.1, 8 * update]));
    expect(checkpoints).toHaveLength(1);
    expect(figures.length).toBeGreaterThan(0);
    expect(new Set(figures.map(([hash]) => hash))).toEqual(new Set(checkpoints));
    expect(events.some((event) => event.startsWith("command: attempt 1 ended with exit code 0"))).toBe(true);
    expect(events.some((event) => event.startsWith("provenance: good"))).toBe(true);
    const log = readFileSync(join(root, "stages", commandOf(root, "good")?.key ?? "", "log.txt"), "utf8");
    expect(log).toContain("a trainer's words");
    const again = await bench.run(...oneByOne(specOf("good", {}), root));
    expect(again.code).toBe(0);
    expect(statusOf(root, "good").attempts).toBe(1);
  });

  it("that ends 0 without its checkpoint has failed, in one line, without a retry", async () => {
    const { code, status, root } = await swept("empty", { model: "none" });
    expect([code, status.state, status.attempts]).toEqual([1, "failed", 1]);
    expect(status.error).toMatch(
      /^command: the program must leave a checkpoint in .*out\/checkpoint, got exit code 0 and none\. Have it write one there/,
    );
    expect(storedOf(root).figures).toEqual([]);
  });

  it("that leaves a broken checkpoint has failed, in one line, and no checkpoint of ours is made of it", async () => {
    const { status, root } = await swept("broken", { model: "broken" });
    expect([status.state, status.attempts]).toEqual(["failed", 1]);
    expect(status.error).toMatch(/model\.safetensors.*, got .*\./);
    const stored = storedOf(root);
    expect([stored.checkpoints, stored.figures]).toEqual([[], []]);
    expect(leftBehind(root)).toEqual([]);
  });

  it("that fails is tried again, and then has failed with its exit code", async () => {
    const { status } = await swept("failing", { code: 3 });
    expect([status.state, status.attempts]).toEqual(["failed", 2]);
    expect(status.error).toContain("ended with exit code 3");
    expect(status.error).toContain("(after 1 retries)");
  });

  it("that is not there is told in one line", async () => {
    const spec = specOf("absent", {});
    writeFileSync(spec, readFileSync(spec, "utf8").replace(JSON.stringify(process.execPath), '"no-such-trainer"'));
    const root = rootOf("absent");
    await bench.run(...oneByOne(spec, root));
    expect(statusOf(root, "absent").error).toBe(
      "command: the program must be there, got no-such-trainer. Check command.run and PATH.",
    );
  });

  it("goes on where it was when it and all around it are killed, and no trainer is left behind", async () => {
    const trainer = { updates: 30, ms: 100 };
    const [name, root] = ["killed", rootOf("killed")];
    const spec = specOf(name, trainer);
    const sweep = bench.start(oneByOne(spec, root));
    const isUnderWay = () => existsSync(root) && existsSync(join(outOf(root, name), "done"));
    let over = false;
    void sweep.ended.then(() => (over = true));
    while (!over) {
      await sleep(50);
      try {
        if (isUnderWay()) break;
      } catch {
        // The manifest is not there yet.
      }
    }
    expect(over, sweep.said()).toBe(false);
    await sleep(500);
    const { pid } = statusOf(root, name);
    sweep.child.kill("SIGKILL");
    if (pid) process.kill(pid, "SIGKILL");
    await sweep.ended;
    const pidsOf = () =>
      readFileSync(join(outOf(root, name), "pids"), "utf8")
        .trim()
        .split(" ")
        .map(Number);
    const [first] = pidsOf() as [number];
    expect(isAlive(first)).toBe(true);
    const again = await bench.run(...oneByOne(spec, root));
    expect(again.code).toBe(0);
    expect(isAlive(first)).toBe(false);
    expect(pidsOf()).toHaveLength(2);
    const { run, points } = storedOf(root);
    expect(run?.status).toBe("done");
    expect(points.at(-1)).toEqual([30, 1 / 30, 0.1, 240]);
    expect(leftBehind(root)).toEqual([]);
  });

  it("is another stage when the files that it reads are others, and one with its seeds where it asks for none", async () => {
    const root = rootOf("content");
    const seeds = "seeds: [1, 2],";
    const stages = async () => {
      const { stdout } = await bench.run("plan", `--spec=${specOf("content", {}, seeds)}`, `--root=${root}`);
      return stdout;
    };
    expect(await stages()).toContain("2 cells");
    await bench.run(...oneByOne(specOf("content", {}, seeds), root));
    const { manifest } = newestManifest(root, "content");
    expect(manifest.stages.filter(({ kind }) => kind === "command")).toHaveLength(1);
    expect(manifest.stages.filter(({ kind }) => kind === "curve")).toHaveLength(2);
    const known = commandOf(root, "content")?.key;
    await bench.run(...oneByOne(specOf("content", {}, seeds), root));
    expect(commandOf(root, "content")?.key).toBe(known);
    await bench.run(...oneByOne(specOf("content", { note: "another" }, seeds), root));
    expect(commandOf(root, "content")?.key).not.toBe(known);
  });
});

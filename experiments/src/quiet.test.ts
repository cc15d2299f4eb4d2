/**
 * @file Nothing phones home: runs leave nothing in the user's home and ask for no name, and nx is told the same.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { repository } from "./programs.js";
import { type Bench, openBench, writeSpec } from "./sweep/bench.fixture.js";

let bench: Bench;
let home: string;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.remove());
beforeEach(() => {
  home = mkdtempSync(join(bench.folder, "home-"));
});

/** What a user's shell has, but for what may already say that nothing is to be sent. */
const environment = (): NodeJS.ProcessEnv => {
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...rest } = process.env;
  return { ...rest, HOME: home };
};

const filesBelow = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" });

/** Runs node, and gives the internet addresses that it or a child of it turned to. */
function watched(args: readonly string[]): { readonly status: number | null; readonly asked: readonly string[] } {
  const trace = join(home, "..", `${Math.random()}.trace`);
  const watch = ["-f", "-qq", "-o", trace, "-e", "trace=connect,sendto,sendmsg,sendmmsg", process.execPath];
  const { status } = spawnSync("strace", [...watch, ...args], { env: environment(), cwd: bench.folder });
  const lines = readFileSync(trace, "utf8").split("\n");
  rmSync(trace);
  return { status, asked: lines.filter((line) => /AF_INET/.test(line)) };
}

const silence = join(repository, "packages/core/src/base/silence.ts");
const canWatch = spawnSync("strace", ["-f", "-qq", "-o", "/dev/null", "true"]).status === 0;
const sampling = () => ["sample", `--checkpoint=${join(bench.folder, "teacher")}`, "--steps=2", "--engine=onnx"];

describe("a run under an empty home", () => {
  it("leaves nothing there: sampling, and a sweep whose stages are children", async () => {
    const sampled = spawnSync(process.execPath, [bench.programs.core, ...sampling()], { env: environment() });
    expect([sampled.status, filesBelow(home)]).toEqual([0, []]);
    const spec = writeSpec(bench.folder, "quiet", "seeds: [1],");
    const root = join(bench.folder, "root");
    const args = [bench.programs.experiments, "sweep", `--spec=${spec}`, `--root=${root}`, "--threads=1"];
    const { status } = spawnSync(process.execPath, args, { env: environment(), cwd: bench.folder });
    expect([status, filesBelow(home)]).toEqual([0, []]);
  });

  it.skipIf(!canWatch)(`asks for no name and no address${canWatch ? "" : ", skipped: strace is not here"}`, () => {
    expect(watched([bench.programs.core, ...sampling()])).toEqual({ status: 0, asked: [] });
    expect(watched([bench.programs.core, "doctor"])).toEqual({ status: 0, asked: [] });
  });

  it.skipIf(!canWatch)("is told from one that asks: the watch sees a connection", () => {
    const connects = 'require("node:net").connect(9, "127.0.0.1").on("error", () => {})';
    expect(watched(["-e", connects]).asked).not.toEqual([]);
  });

  it("refuses to load onnxruntime in a worker whose process was not told", async () => {
    const run = `const { createJiti } = require("jiti");
      const load = createJiti(process.cwd()).import(${JSON.stringify(silence)});
      load.then(({ refuseReporting }) => refuseReporting()).then(
        () => require("node:worker_threads").parentPort.postMessage("loads"),
        ({ message }) => require("node:worker_threads").parentPort.postMessage(message));`;
    const said = async (env: NodeJS.ProcessEnv) => (await once(new Worker(run, { eval: true, env }), "message"))[0];
    expect(await said({})).toMatch(
      /^onnxruntime: its reports must be switched off before it loads, got no ORT_DISABLE/,
    );
    expect(await said({ ORT_DISABLE_TELEMETRY: "1" })).toBe("loads");
  });

  it("lets a user have onnxruntime report who says so", () => {
    const script = join(bench.folder, "said.mjs");
    writeFileSync(script, `import "${silence}"; process.stdout.write(process.env.ORT_DISABLE_TELEMETRY);`);
    const said = (env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, ["--import", "jiti/register", script], { env, cwd: join(repository, "experiments") });
    expect(said(environment()).stdout.toString()).toBe("1");
    expect(said({ ...environment(), ORT_DISABLE_TELEMETRY: "0" }).stdout.toString()).toBe("0");
  });
});

it("nx sends no usage and joins no cloud, and npx looks for no newer npm", () => {
  const nx = JSON.parse(readFileSync(join(repository, "nx.json"), "utf8"));
  expect([nx.analytics, nx.neverConnectToCloud]).toEqual([false, true]);
  expect(readFileSync(join(repository, ".npmrc"), "utf8")).toMatch(/^update-notifier=false$/m);
});

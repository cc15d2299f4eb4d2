/**
 * @file The three programs of a sweep as users run them, bundled from the sources, with models so small that a stage is
 * over in seconds.
 *
 * Signals, leases and exit codes are only real between processes, and a build that is not fresh would be tested in
 * silence. The bundle has the folders of the repository, so that programs find each other, assets and migrations.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, defaultServerConditions } from "vite";
import { placedGroups, placedModules } from "../bundle.js";
import { makeTiny } from "../chaos/tiny.js";
import { repository } from "../programs.js";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  said(): string;
}

export interface Bench {
  /** A fresh folder with `teacher/`, `judge/` and `texts/`. */
  readonly folder: string;
  readonly programs: Readonly<Record<"core" | "distill" | "eval" | "experiments", string>>;
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Running;
  run(...args: string[]): Promise<Ended>;
  remove(): void;
}

export async function openBench(): Promise<Bench> {
  const place = join(repository, "packages/core/dist");
  mkdirSync(place, { recursive: true });
  const bundle = mkdtempSync(join(place, "sweep-"));
  await bundlePrograms(bundle);
  const folder = mkdtempSync(join(tmpdir(), "sweep-"));
  makeTiny(folder);
  const programs = {
    core: join(bundle, "packages/core/dist/cli.js"),
    distill: join(bundle, "packages/distill/dist/cli.js"),
    eval: join(bundle, "packages/eval/dist/cli.js"),
    experiments: join(bundle, "experiments/dist/cli.js"),
  };
  const start: Bench["start"] = (args, env = {}) => startProcess(programs.experiments, folder, args, env);
  const remove = () => {
    for (const path of [bundle, folder]) rmSync(path, { recursive: true, force: true });
  };
  return { folder, programs, start, run: (...args) => start(args).ended, remove };
}

/** Arguments of a sweep that takes one stage after the other. */
export const oneByOne = (spec: string, root: string) => [
  ...["sweep", `--spec=${spec}`, `--root=${root}`],
  ...["--threads=1", "--workers=1"],
];

async function bundlePrograms(bundle: string): Promise<void> {
  const conditions = ["@sdtt/source", ...defaultServerConditions];
  const clis = ["packages/core", "packages/distill", "packages/eval", "experiments"].map(
    (name) => [`${name}/dist/cli`, join(repository, name, "src/cli.ts")] as const,
  );
  const input = Object.fromEntries([...clis, ...placedModules()]);
  await build({
    ...{ configFile: false, logLevel: "silent", resolve: { conditions }, ssr: { resolve: { conditions } } },
    build: {
      ...{ ssr: true, outDir: bundle, emptyOutDir: false },
      rollupOptions: {
        input,
        output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", codeSplitting: { groups: placedGroups } },
      },
    },
  });
  const links = { "packages/core/assets": "packages/core/assets", "packages/core/drizzle": "packages/drizzle" };
  for (const [from, to] of Object.entries(links)) {
    mkdirSync(dirname(join(bundle, to)), { recursive: true });
    symlinkSync(join(repository, from), join(bundle, to));
  }
}

function startProcess(program: string, cwd: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [program, ...args], {
    ...{ cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name]?.on("data", (chunk) => (output[name] += chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  return { child, ended, said: () => output.stdout + output.stderr };
}

/** A spec of rounds and curves on the tiny teacher; `more` is text that is put into the definition. */
export function writeSpec(folder: string, name: string, more: string, rounds = ""): string {
  const path = join(folder, `${name}.experiment.ts`);
  writeFileSync(
    path,
    `import { defineExperiment, list, when, zip } from "@sdtt/experiments";
export default defineExperiment({
  name: "${name}",
  question: "Does it go on where it was?",
  stages: ["rounds", "curve"],
  base: {
    rounds: { teacher: "${folder}/teacher", source: "${folder}/texts", sequences: 4, warmup: 1, checkpointEvery: 2,
      engine: "onnx", ${rounds || "updates: 4"} },
    curve: { judge: "${folder}/judge", steps: [2, 4], samples: 4, engine: "onnx" },
  },
  result: { metric: "gen-ppl", definition: "gen-ppl-retokenised@1", steps: 4 },
  ${more}
});
void [list, when, zip];
`,
  );
  return path;
}

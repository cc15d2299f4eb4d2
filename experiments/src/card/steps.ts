/**
 * @file What is tried of a device, each a process of its own with a limit: one that hangs or dies takes nothing with it.
 *
 * The order is that of what a reader wants to know first, because a card is lent for minutes: is it there, is it right, how
 * fast, does a round go on where it was.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { newestCheckpoint } from "@sdtt/core/checkpoint";
import { fileHash } from "@sdtt/core/files";
import { execa } from "execa";
import { programs, repository } from "../programs.js";

export interface Target {
  readonly engine: "onnx" | "tensorflow";
  readonly device: "cpu" | "webgpu" | "cuda";
}

export interface StepResult {
  readonly step: string;
  readonly isOk: boolean;
  /** In one line: the figure, or what went wrong. */
  readonly found: string;
  readonly seconds: number;
  /** What the step printed, where that is data. */
  readonly data?: unknown;
}

export interface Trying {
  readonly target: Target;
  /** A folder for what steps write. */
  readonly folder: string;
  /** When the whole check must be over, as `performance.now()`. */
  readonly deadline: number;
  /** The size of the larger benchmark. */
  readonly size: string;
}

interface Said {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly last: string;
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

/** Runs node with these arguments until its limit or the deadline, whichever comes first. */
async function node({ deadline }: Trying, limitSeconds: number, args: readonly string[], env = {}): Promise<Said> {
  const left = Math.max(1, Math.min(1000 * limitSeconds, deadline - performance.now()));
  const options = { cwd: repository, reject: false, timeout: left, killSignal: "SIGKILL", env } as const;
  const { exitCode, stdout, stderr, timedOut, signal } = await execa(process.execPath, [...args], options);
  const said = timedOut
    ? `not done after ${Math.round(left / 1000)} s`
    : signal
      ? `ended by ${signal}`
      : lastLine(stderr);
  return { code: exitCode, stdout, last: said || lastLine(stdout) };
}

const flags = ({ engine, device }: Target): string[] => [`--engine=${engine}`, `--device=${device}`];

type Step = (trying: Trying) => Promise<Omit<StepResult, "step" | "seconds">>;

const doctor: Step = async (trying) => {
  const said = await node(trying, 60, [programs.core, "doctor", `--store=${join(trying.folder, "none.sqlite")}`]);
  const lines = said.stdout.split("\n").filter((line) => /^(engine|device)/.test(line));
  return {
    isOk: said.code === 0,
    found: said.code === 0 ? `${lines.length} engines and devices` : said.last,
    data: lines,
  };
};

const packedSuite = join(repository, "experiments/dist/conformance.js");

/** The suite by vitest, or, where it was carried in packed form, by `words.ts`; of the cases that have `words` in their title. */
function conformanceRun(words: string): string[] {
  const vitest = join(repository, "node_modules/vitest/vitest.mjs");
  const file = "packages/core/src/engine/conformance/conformance.test.ts";
  if (!existsSync(packedSuite)) return [vitest, "run", file, "-t", words, "--reporter=json"];
  const [suite, run] = [packedSuite, join(repository, "experiments/dist/words.js")].map(
    (path) => pathToFileURL(path).href,
  );
  const program = `await import("${suite}"); const { runClaims } = await import("${run}");
    console.log(JSON.stringify(await runClaims(${JSON.stringify(words)})));`;
  return ["--input-type=module", "-e", program];
}

/** The suite that every engine is held to, on this one and on the oracle. */
const conformance: Step = async (trying) => {
  const { engine, device } = trying.target;
  const words = engine === "onnx" && device !== "cpu" ? device : engine;
  const env = device === "cpu" ? {} : { SDTT_DEVICE: device };
  const said = await node(trying, 120, conformanceRun(words), env);
  const from = said.stdout.indexOf("{");
  if (from < 0) return { isOk: false, found: said.last };
  const { numPassedTests: passed, testResults } = JSON.parse(said.stdout.slice(from));
  const failed = testResults
    .flatMap(({ assertionResults }: { assertionResults: { status: string; title: string }[] }) => assertionResults)
    .filter(({ status }: { status: string }) => status === "failed")
    .map(({ title }: { title: string }) => title);
  const found = `${passed} of ${passed + failed.length} cases${failed.length > 0 ? `; not ${failed.join("; ")}` : ""}`;
  return { isOk: failed.length === 0 && passed > 0, found, data: { passed, failed } };
};

interface ParityRow {
  readonly part: string;
  readonly name: string;
  readonly isOk: boolean;
}

const parity: Step = async (trying) => {
  const said = await node(trying, 120, [programs.experiments, "parity", "--json", ...flags(trying.target)]);
  const from = said.stdout.indexOf("[");
  if (from < 0) return { isOk: false, found: said.last };
  const rows: ParityRow[] = JSON.parse(said.stdout.slice(from));
  const off = rows.filter(({ isOk }) => !isOk).map(({ part, name }) => `${part}: ${name}`);
  const found = `${rows.length - off.length} of ${rows.length} quantities${off.length > 0 ? `; not ${off.join("; ")}` : ""}`;
  return { isOk: off.length === 0, found, data: { quantities: rows.length, off } };
};

/** Updates and a sample of 8 steps. */
const bench = (size: (trying: Trying) => readonly string[], limitSeconds: number): Step => {
  return async (trying) => {
    const only = "--only=mdlm_update,sdtt_update,sample";
    const args = [programs.experiments, "bench", "--json", only, "--steps=8", ...size(trying), ...flags(trying.target)];
    const said = await node(trying, limitSeconds, args);
    const from = said.stdout.indexOf("{");
    if (said.code !== 0 || from < 0) return { isOk: false, found: said.last };
    const data: Record<string, { ms?: number }> = JSON.parse(said.stdout.slice(from));
    const times = ["mdlm_update", "sdtt_update", "sample_8"].map(
      (key) => `${key} ${Math.round(data[key]?.ms ?? 0)} ms`,
    );
    return { isOk: true, found: times.join(", "), data };
  };
};

/** Hashes of the newest checkpoint's weights, average and moments. */
function hashesIn(root: string): Record<string, string> {
  const path = newestCheckpoint(join(root, "runs/card/round-1"));
  const names = path && existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".safetensors")) : [];
  return Object.fromEntries(names.map((name) => [name, fileHash(join(path as string, name)).slice(0, 16)]));
}

/** A short round, once undisturbed and once stopped after an update and resumed: the same bytes. */
const resumed: Step = async (trying) => {
  const { folder, target } = trying;
  const round = ["round", "--name=card", "--until=1", "--updates=8", "--sequences=4", "--checkpoint-every=3"];
  const argsAt = (root: string) => [programs.distill, ...round, "--no-evaluate", `--root=${root}`, ...flags(target)];
  const [whole, halves] = [join(folder, "whole"), join(folder, "halves")];
  const first = await node(trying, 90, argsAt(whole));
  if (first.code !== 0) return { isOk: false, found: first.last };
  const started = execa(process.execPath, argsAt(halves), { cwd: repository, reject: false, stdio: "ignore" });
  while (started.exitCode === null && !existsSync(join(halves, "runs/card/round-1/checkpoints"))) {
    if (performance.now() > trying.deadline) started.kill("SIGKILL");
    await sleep(50);
  }
  started.kill("SIGTERM");
  await started;
  const again = await node(trying, 90, argsAt(halves));
  if (again.code !== 0) return { isOk: false, found: again.last };
  const [wanted, got] = [hashesIn(whole), hashesIn(halves)];
  const isOk = Object.keys(wanted).length === 3 && JSON.stringify(wanted) === JSON.stringify(got);
  return { isOk, found: isOk ? "the same bytes" : "other bytes than undisturbed", data: { wanted, got } };
};

export const steps: Readonly<Record<string, Step>> = {
  doctor,
  conformance,
  parity,
  "bench, embedded size": bench(() => ["--repeats=3"], 90),
  "a resumed round": resumed,
  "bench, larger size": bench(({ size }) => [`--size=${size}`, "--sequences=1", "--repeats=2"], 150),
};

/** Runs one step; what it throws is what it found. */
export async function runStep(name: string, trying: Trying): Promise<StepResult> {
  const started = performance.now();
  const timed = (found: Omit<StepResult, "step" | "seconds">): StepResult => {
    return { step: name, ...found, seconds: Math.round((performance.now() - started) / 100) / 10 };
  };
  if (started > trying.deadline) return timed({ isOk: false, found: "no time was left" });
  rmSync(trying.folder, { recursive: true, force: true });
  mkdirSync(trying.folder, { recursive: true });
  try {
    return timed(await (steps[name] as Step)(trying));
  } catch (error) {
    return timed({ isOk: false, found: lastLine(String(error)) });
  }
}

/** What the machine has for a card: the driver's own words. */
export async function cardOf(): Promise<string> {
  const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
  const { stdout, failed } = await execa("nvidia-smi", query, { reject: false });
  if (!failed && stdout) return stdout.trim().split("\n").join("; ");
  const nodes = existsSync("/dev/dri") ? readdirSync("/dev/dri").join(", ") : "";
  return nodes ? `no nvidia-smi; /dev/dri has ${nodes}` : "none seen";
}

export const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(repository, "node_modules", name, "package.json"), "utf8")).version;

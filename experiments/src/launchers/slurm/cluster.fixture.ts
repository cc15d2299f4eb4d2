/**
 * @file A Slurm cluster of one controller and two nodes on this host, from Debian's slurm-wlm and munge, for one test.
 *
 * Everything lies in one folder; nothing of the host's own configuration is used. Nodes are processes, so that one can
 * be killed as a machine dies: with its job, without a word.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const template = join(import.meta.dirname, "../../../slurm/two-nodes.conf");
const sbin = "/usr/sbin";
const needed = ["munged", "slurmctld", "slurmd"] as const;

/** Why the cluster cannot be started here; undefined where it can. */
export function whyNoCluster(): string | undefined {
  const missing = needed.filter((name) => !existsSync(join(sbin, name)));
  if (missing.length > 0) return `not installed: ${missing.join(", ")} (apt-get install slurm-wlm munge)`;
  if (process.getuid?.() !== 0) return "slurmd must be started by root";
  return undefined;
}

export interface Cluster {
  readonly env: NodeJS.ProcessEnv;
  /** Ends a node's daemon and all that runs under it, at once. */
  killNode(name: "n1" | "n2"): void;
  startNode(name: "n1" | "n2"): void;
  /** Ends what runs of a job on a node, as the kernel does where memory is short; Slurm sees it. */
  killTask(name: string): void;
  /** What `sinfo` says of the nodes. */
  nodes(): string;
  /** Node names of the running tasks, by their number in the array. */
  running(): { readonly id: string; readonly node: string }[];
  stop(): Promise<void>;
}

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** The same configuration at other ports: daemons of a test that was killed may still be there. */
async function onFreePorts(conf: string): Promise<string> {
  let text = conf;
  for (const line of new Set(conf.match(/Port=\d+/g))) text = text.replaceAll(line, `Port=${await freePort()}`);
  return text;
}

export async function startCluster(folder: string): Promise<Cluster> {
  for (const name of ["run", "state", "spool/n1", "spool/n2", "log"])
    mkdirSync(join(folder, name), { recursive: true });
  const conf = join(folder, "slurm.conf");
  writeFileSync(conf, await onFreePorts(readFileSync(template, "utf8").replaceAll("@ROOT@", folder)));
  const env = { ...process.env, SLURM_CONF: conf };
  const daemons = new Map<string, ChildProcess>();
  const start = (name: string, program: string, ...args: string[]) => {
    daemons.set(name, spawn(join(sbin, program), args, { env, stdio: "ignore", detached: true }));
  };
  await startMunge(folder, start);
  start("ctld", "slurmctld", "-D", "-c", "-f", conf);
  const startNode = (name: string) => start(name, "slurmd", "-D", "-N", name, "-f", conf);
  for (const name of ["n1", "n2"]) startNode(name);
  const ask = (...command: [string, ...string[]]) => {
    const [program, ...args] = command;
    return execFileSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  };
  const nodes = () => ask("sinfo", "--noheader", "--Node", "--format=%N %t");
  await until(() => /n1 idle\nn2 idle/.test(nodes()), "two idle nodes");
  return {
    env,
    startNode,
    nodes,
    killNode(name) {
      kill(daemons.get(name)?.pid);
      jobProcesses(folder, name).forEach(kill);
    },
    killTask: (name) => workers(folder, name).forEach(kill),
    running: () => runningTasks(ask("squeue", "--noheader", "--states=R", "--format=%i %N")),
    async stop() {
      for (const name of ["n1", "n2"]) jobProcesses(folder, name).forEach(kill);
      for (const daemon of daemons.values()) kill(daemon.pid);
      await sleep(200);
    },
  };
}

const runningTasks = (text: string) =>
  text.split("\n").flatMap((line) => {
    const [id, node] = line.split(" ");
    return id && node ? [{ id, node }] : [];
  });

async function startMunge(folder: string, start: (name: string, program: string, ...args: string[]) => void) {
  const key = join(folder, "munge.key");
  writeFileSync(key, randomBytes(128));
  chmodSync(key, 0o400);
  chmodSync(folder, 0o755);
  const socket = join(folder, "run", "munge.sock");
  const places = ["--pid-file", "--log-file", "--seed-file"].map(
    (flag) => `${flag}=${join(folder, "run", flag.slice(2))}`,
  );
  start("munged", "munged", "--foreground", "--force", `--socket=${socket}`, `--key-file=${key}`, ...places);
  await until(() => existsSync(socket), "munge's socket");
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 90_000;
  for (;;) {
    try {
      if (holds()) return;
    } catch {
      // Not up yet.
    }
    if (performance.now() > deadline) throw new Error(`the test cluster has no ${what} after 90 s`);
    await sleep(200);
  }
}

function kill(pid: number | undefined): void {
  try {
    if (pid) process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}

const fileOf = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
};

const parentOf = (pid: number): number =>
  Number(
    fileOf(pid, "stat")
      .replace(/^.*\) /s, "")
      .split(" ")[1],
  );

/** Processes of the jobs on a node of this cluster. */
function workers(folder: string, node: string): number[] {
  const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return all.filter((pid) => {
    const environ = fileOf(pid, "environ");
    return environ.includes(`SLURMD_NODENAME=${node}\0`) && environ.includes(folder);
  });
}

/** The same with their step managers first: those would tell the controller. */
function jobProcesses(folder: string, node: string): number[] {
  const mine = workers(folder, node);
  const managers = mine.map(parentOf).filter((pid) => fileOf(pid, "comm").startsWith("slurmstepd"));
  return [...new Set([...managers, ...mine])];
}

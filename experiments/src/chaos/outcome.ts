/**
 * @file All that a finished sweep has made, in a form in which two of them can be compared, and what it must not leave.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readSafetensors, weightsHash } from "@sdtt/core/checkpoint";
import { fileHash } from "@sdtt/core/files";
import { checkStore, isTraining, openStore } from "@sdtt/core/store";
import { storePath } from "@sdtt/core/workspace";

/** Relative names of all files below a folder. */
const filesBelow = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : [];

const isOfSamples = (name: string) => basename(dirname(name)) === "samples";
const isCompared = (name: string) => name.endsWith(".safetensors") || (isOfSamples(name) && name.endsWith(".json"));

/** Of a file's bytes; of a set of samples, which says how long sampling took, without that time. */
function contentHash(path: string): string {
  if (!isOfSamples(path) || !path.endsWith(".safetensors")) return fileHash(path);
  const { wallMs: _, ...drawn } = readSafetensors(path).tensors;
  return weightsHash(drawn);
}

/** What two runs of the same cells must agree on, byte for byte; times and places are left out. */
export function outcomeOf(root: string): Readonly<Record<string, string>> {
  const work = join(root, "work");
  const compared = filesBelow(work).filter(isCompared);
  const files = compared.map((name) => [`work/${name}`, contentHash(join(work, name))] as const);
  return { ...Object.fromEntries(files), ...rowsOf(storePath(root)) };
}

function rowsOf(path: string): Record<string, string> {
  const store = openStore(path, { readonly: true });
  try {
    const evaluations = store
      .evaluations({ control: "any" })
      .map(({ key, runId: _, wallMs: __, createdAt: ___, ...row }) => {
        const samples = store
          .samples(key)
          .map(({ text, ids, pieces, revealSteps, nll }) => [text, ids, pieces, revealSteps, nll]);
        return [`evaluation ${key}`, JSON.stringify([row, samples])] as const;
      });
    const training = store.runs().filter(({ stage }) => isTraining(stage));
    const runs = training.map(({ id, status, seed }) => {
      const points = store.trainPoints(id).map(({ wallMs: _, ...point }) => point);
      return [`run ${id}`, JSON.stringify([status, seed, points])] as const;
    });
    return Object.fromEntries([...evaluations, ...runs]);
  } finally {
    store.close();
  }
}

/** Names of what differs between two outcomes. */
export function differencesOf(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.filter((name) => a[name] !== b[name]);
}

/** What a sweep must not leave behind, one sentence each: half-written files, locks, processes, a broken store. */
export function leftBehind(root: string): string[] {
  const names = filesBelow(root);
  const temporary = names.filter((name) => /\.(tmp|old)-/.test(basename(name)) || /\.(part|takeover)$/.test(name));
  const locks = names.filter((name) => basename(name) === "run.lock");
  const stores = names.filter((name) => name.endsWith(".sqlite")).map((name) => join(root, name));
  const broken = stores.flatMap((path) =>
    checkStore(path, "integrity").problems.map((problem) => `${path}: ${problem}`),
  );
  const orphans = processesOf(root).map((command) => `process still there: ${command}`);
  return [
    ...temporary.map((name) => `temporary file: ${name}`),
    ...locks.map((name) => `lock: ${name}`),
    ...broken,
    ...orphans,
  ];
}

/** Command lines that name the root, on Linux. */
export function processesOf(root: string): string[] {
  if (!existsSync("/proc")) return [];
  const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return others.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return command.includes(`--root=${root}`) ? [`${pid} ${command.slice(0, 200)}`] : [];
    } catch {
      return [];
    }
  });
}

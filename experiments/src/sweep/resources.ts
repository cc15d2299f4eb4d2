/**
 * @file What stages take of a machine: threads and memory, and whether it has them.
 */
import { availableParallelism, freemem, totalmem } from "node:os";
import { availableThreads, userError } from "@sdtt/core/base";
import type { FrozenStage, Manifest } from "../cells/frozen.js";
import type { Definition } from "../spec/definition.js";

/** Threads of a stage: as asked, else the definition's, else all of the machine. */
export const threadsFor = (asked: number | undefined, { limits }: Definition): number =>
  asked ?? limits.threads ?? availableThreads();

/** What stages may use together unless told otherwise: 80 % of what is free. */
export function usableMemoryMiB(): number {
  const available = (process as { availableMemory?(): number }).availableMemory?.() ?? freemem();
  return (0.8 * Math.min(available, totalmem())) / 2 ** 20;
}

export const memoryOf = ({ cost }: FrozenStage, { limits }: Definition): number =>
  limits.memoryMiB ?? cost.memoryBytes / 2 ** 20;

export const largestMemoryMiB = ({ stages, definition }: Manifest): number =>
  Math.max(...stages.map((stage) => memoryOf(stage, definition)));

/** Refuses, before anything starts, stages that this machine cannot hold. Throws   UserError */
export function checkFits(manifest: Manifest, machine: { readonly memoryMiB: number; readonly threads: number }): void {
  const { memoryMiB, threads } = machine;
  const largest = largestMemoryMiB(manifest);
  if (largest > memoryMiB) {
    const got = `a stage of about ${Math.round(largest)} MiB, and ${Math.round(memoryMiB)} MiB are free`;
    const remedy = "Choose a smaller size, a smaller microbatch, or another machine (flags --size, --memory).";
    throw userError("sweep", "every stage must fit into memory", got, remedy);
  }
  if (threads > availableParallelism()) {
    const got = `${threads} (flag --threads or limits.threads)`;
    throw userError("sweep", `threads of a stage must be at most ${availableParallelism()}`, got, "Lower them.");
  }
}

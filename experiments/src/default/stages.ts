/**
 * @file Stages as processes: each is a command line of a package, run by node with its output in this terminal.
 *
 * Never through nx, which costs over a second a call, flattens exit codes and does not wait for a child it stops.
 */
import { Stopped, stopSignalOf, UserError } from "@sdtt/core/base";
import { execa } from "execa";
import { programs } from "../programs.js";

export interface Stage {
  readonly program: keyof typeof programs;
  readonly args: readonly string[];
}

/** What a user would type for a stage. */
export function commandOf({ program, args: [name, ...rest] }: Stage): string {
  return `npx nx run ${program}:${name} ${rest.join(" ")}`.trim();
}

/** Runs one stage to its end. Throws   UserError when the stage reports one (exit code 1) */
export async function runStage(stage: Stage): Promise<void> {
  const { exitCode, signal } = await execa(process.execPath, [programs[stage.program], ...stage.args], {
    stdio: "inherit",
    reject: false,
  });
  if (exitCode === 0) return;
  const stopped = stopSignalOf(exitCode);
  if (stopped) throw new Stopped(`${commandOf(stage)} was stopped; the same command goes on from there`, stopped);
  if (exitCode === 1)
    throw new UserError(`${stage.program} ${stage.args[0]} refused its input; see its message above.`);
  throw new Error(`${commandOf(stage)} ended with ${signal ?? `exit code ${exitCode}`}`);
}

/** Runs each chain in order, and the chains beside each other, `workers` at a time. */
export async function runChains(chains: readonly (readonly Stage[])[], workers: number): Promise<void> {
  const waiting = [...chains];
  const work = async () => {
    for (let chain = waiting.shift(); chain; chain = waiting.shift()) for (const stage of chain) await runStage(stage);
  };
  await Promise.all(Array.from({ length: Math.min(workers, chains.length) }, work));
}

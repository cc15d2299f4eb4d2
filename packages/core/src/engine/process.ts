/**
 * @file Trying an engine in a process of its own: nothing that its library prints, and no crash of it, reaches this one.
 *
 * A library writes to the file of stderr past Node, so that no variable and no stream here could keep it quiet.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { EngineName } from "./contract.js";

export interface EngineReport {
  readonly name: EngineName;
  readonly usable: boolean;
  /** Description of a usable engine, or the reason why it is not. */
  readonly detail: string;
}

/** The built module, from its source as from itself. */
const built = new URL("../../dist/engine/open.js", import.meta.url).href;

const script = (name: EngineName, options: object) => `
  const { engineReport } = await import(${JSON.stringify(built)});
  process.stdout.write(JSON.stringify(await engineReport(${JSON.stringify(name)}, ${JSON.stringify(options)})));
`;

/** What the process says of the engine; an engine whose library ends the process is not usable, with how it ended. */
export async function reportFromProcess(name: EngineName, options: object): Promise<EngineReport> {
  const args = ["--input-type=module", "--eval", script(name, options)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (code === 0) return JSON.parse(said.slice(said.lastIndexOf('{"name"'))) as EngineReport;
  return { name, usable: false, detail: `loading its library ended the process that tried it: ${signal ?? code}` };
}

/**
 * @file What a stage prints, attempt after attempt, in one file.
 */
import { mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { stageFile, stageFolder } from "@sdtt/core/sweep";

const logFile = (root: string, key: string): string => stageFile(root, key, "log.txt");

/** Opens the log for a process to write in, with a heading for the attempt. */
export function openLog(root: string, key: string, heading: string): number {
  mkdirSync(stageFolder(root, key), { recursive: true });
  const log = openSync(logFile(root, key), "a");
  writeSync(log, `=== ${new Date().toISOString()} · ${heading}\n`);
  return log;
}

/** What a stage said last: a user's error is one line. */
export function lastLine(root: string, key: string): string {
  const lines = readFileSync(logFile(root, key), "utf8").trimEnd().split("\n");
  const said = lines.slice(lines.findLastIndex((line) => line.startsWith("=== ")) + 1).filter((line) => line.trim());
  return said.at(-1) ?? "it said nothing";
}

/** @file The evaluation of a student, as a process of its own; its table goes to this terminal. */

import { existsSync } from "node:fs";
import { Stopped, stopSignalOf, UserError } from "@sdtt/core/base";
import { openStore } from "@sdtt/core/store";
import { assetPath, roundFolder, storePath } from "@sdtt/core/workspace";
import { evaluatorScript } from "../runs/evaluator.js";
import { newestFacts } from "../runs/recall.js";
import type { RoundFlags } from "./roundOptions.js";

const flag = (name: string, value: string | number | readonly number[] | undefined): string[] =>
  value === undefined ? [] : [`--${name}=${Array.isArray(value) ? value.join(",") : value}`];

/** The tokenizer that the run was trained with, where its file is still there: its teacher may be of another root. */
function tokenizerOf({ root, name }: RoundFlags): string | undefined {
  const path = newestFacts(root, name, 1)?.config.tokenizer;
  return typeof path === "string" && existsSync(path) ? path : undefined;
}

/** Runs `story` with what the run was begun with: its teacher, its judge, its experiment. */
export async function evaluateStudent(o: RoundFlags, folder: string): Promise<void> {
  const args = [
    ...["story", `--checkpoint=${folder}`, `--teacher=${o.teacher ?? assetPath("teacher")}`],
    ...[`--root=${o.root}`, `--engine=${o.engine}`, `--device=${o.device}`, `--seed=${o.seed}`],
    ...flag("experiment", o.experiment),
    ...flag("judge", o.judge),
    ...flag("tokenizer", tokenizerOf(o)),
    ...flag("steps", o.steps),
    ...flag("samples", o.samples),
    ...flag("threads", o.threads),
  ];
  const { execa } = await import("execa");
  const { exitCode } = await execa(process.execPath, [evaluatorScript(o.evaluator), ...args], {
    stdio: "inherit",
    reject: false,
  });
  const signal = stopSignalOf(exitCode);
  if (signal) throw new Stopped(`stopped while ${folder} was evaluated; the same command goes on from there`, signal);
  if (exitCode === 1)
    throw new UserError(`round: the evaluation must succeed, got exit code 1 (${args[0]}). See its message above.`);
  if (exitCode !== 0) throw new Error(`the evaluation ended with exit code ${exitCode}`);
}

/** Commands of which any is the evaluation of a student. */
const measures = new Set(["curve", "report", "story"]);

/** The folder of a finished round whose evaluation was cut off or never begun, though it was to have one. */
export function leftUnevaluated(root: string, run: string): string | undefined {
  const facts = newestFacts(root, run, 1);
  if (!facts || facts.update < facts.updates || facts.config.evaluate !== true) return undefined;
  if (!existsSync(storePath(root))) return undefined;
  const store = openStore(storePath(root));
  try {
    const isDone = store
      .runs({ name: run })
      .some(({ stage, round, status }) => measures.has(stage) && round === facts.round && status === "done");
    return isDone ? undefined : roundFolder(root, run, facts.round);
  } finally {
    store.close();
  }
}

/**
 * @file `log` and `log-import`: numbers of other programs as runs of the store, beside our own on the page.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { z } from "zod";
import { userError } from "../../base/errors.js";
import { defineCommand, repeated, rootFolder } from "../../cli/index.js";
import { openStore, type Store } from "../file/open.js";
import { exportedScalars, type RunScalars } from "./exported.js";
import { saveLogged } from "./logged.js";
import { eventScalars, type Scalar } from "./tensorboard.js";

const store = z
  .string()
  .default(() => rootFolder("sdtt.sqlite"))
  .describe("the store's file");
const experiment = z.string().min(1).optional().describe("experiment it belongs to; default: the run's name");

function using<T>(path: string, work: (opened: Store) => T): T {
  const opened = openStore(path);
  try {
    return work(opened);
  } finally {
    opened.close();
  }
}

function pairOf(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  throw userError("log", "a value must be NAME=NUMBER", word, "Write loss=0.5, say.");
}

function scalarOf(word: string, step: number, at: number): Scalar {
  const [name, written] = pairOf(word);
  const value = written.trim() === "" ? Number.NaN : Number(written.replace(/^([+-]?)inf$/i, "$1Infinity"));
  if (Number.isNaN(value) && written.toLowerCase() !== "nan") {
    throw userError("log", "a value must be NAME=NUMBER", word, "Write loss=0.5, say.");
  }
  return { name, step, value, at };
}

const logOptions = z.object({
  run: z.string().min(1).max(500).describe("name of the run, made where it is not there yet"),
  step: z.number().int().min(0).optional().describe("the update that the values are of"),
  value: repeated(z.string()).default([]).describe("NAME=NUMBER, also without the flag, as in loss=0.5 lr=1e-3"),
  stdin: z.boolean().default(false).describe("read lines of JSON instead, each with a step, until they end"),
  setting: repeated(z.string()).default([]).describe("KEY=VALUE of the run's configuration; may be given again"),
  experiment,
  done: z.boolean().default(false).describe("the run is finished"),
  store,
});

const log = defineCommand({
  name: "log",
  summary: "keep another program's numbers as a run: log --run=mine --step=3 loss=0.5 lr=1e-3",
  options: logOptions,
  words: "value",
  rules({ step, value, stdin, done }) {
    if (stdin) return;
    if (step === undefined && (value.length > 0 || !done)) {
      throw userError("log", "values need the step that they are of", "none", "Give --step=3, or lines with --stdin.");
    }
    for (const word of value) scalarOf(word, 0, 0);
  },
  async run({ run, step, value, stdin, setting, done, ...o }) {
    const given = value.map((word) => scalarOf(word, step ?? 0, Date.now()));
    const lines = stdin ? await readAll(process.stdin) : "";
    const parsed = lines.trim() === "" ? [] : exportedScalars("standard input", lines);
    const scalars = [...given, ...parsed.flatMap((one) => one.scalars)];
    const config = Object.fromEntries(setting.map(pairOf));
    const command = "core log";
    using(o.store, (opened) =>
      saveLogged(opened, { run, experiment: o.experiment, command, config, scalars, isDone: done || stdin }),
    );
  },
});

const isEvents = (name: string): boolean => /(^|[.])tfevents[.]/.test(name);
const isTable = (name: string): boolean => /[.](csv|tsv|json|jsonl|ndjson)$/i.test(name);

/** A file, or all of a folder that can be read; a folder's runs are its folders, as TensorBoard has it. */
function filesIn(place: string): string[] {
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) throw userError("log-import", "the file or folder must be there", place, "Give --from=FILE or a folder.");
  if (!found.isDirectory()) return [place];
  const entries = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      return isEvents(basename(path)) || isTable(basename(path));
    });
  if (files.length > 0) return files.sort();
  throw userError(
    "log-import",
    "the folder must hold event files, CSV or JSON",
    place,
    "Give the folder that TensorBoard is given.",
  );
}

/** Runs of one file; an event file's is its folder's. */
function runsOf(path: string, from: string): RunScalars[] {
  if (!isEvents(basename(path))) return exportedScalars(path, readFileSync(path, "utf8"));
  const folder = relative(from, dirname(path)).split(sep).join("/");
  return [{ run: folder.startsWith("..") ? "" : folder, scalars: eventScalars(path, readFileSync(path)) }];
}

/** By run, in the order of the files: a run that was started again has several. */
function gathered(from: string): Map<string, Scalar[]> {
  const all = new Map<string, Scalar[]>();
  for (const path of filesIn(from)) {
    for (const { run, scalars } of runsOf(path, from)) all.set(run, [...(all.get(run) ?? []), ...scalars]);
  }
  return all;
}

const logImport = defineCommand({
  name: "log-import",
  summary:
    "take runs of TensorBoard (event files), W&B or Trackio (CSV, JSON) into the store; again, it changes nothing",
  options: z.object({
    from: z.string().describe("an event file, a CSV or JSON file, or a folder of them"),
    run: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe("name of the run, before the names that the files have; default: the file's or folder's"),
    experiment,
    store,
  }),
  async run({ from, run, ...o }) {
    const own = run ?? (basename(from).replace(/[.](csv|tsv|json|jsonl|ndjson)$/i, "") || "imported");
    const all = gathered(from);
    if ([...all.values()].every((scalars) => scalars.length === 0)) {
      throw userError(
        "log-import",
        "there must be a number to take",
        `none in ${from}`,
        "Scalars are taken; images and histograms are not.",
      );
    }
    using(o.store, (opened) => {
      for (const [name, scalars] of all) {
        if (scalars.length === 0) continue;
        const id = name === "" ? own : `${own}/${name}`;
        const logged = {
          run: id,
          experiment: o.experiment ?? own,
          command: "core log-import",
          config: {},
          scalars,
          isDone: true,
        };
        const { points, figures } = saveLogged(opened, logged);
        process.stdout.write(`${id}: ${points} points, ${figures} other series by their newest value\n`);
      }
    });
  },
});

export const outsideCommands = [log, logImport];

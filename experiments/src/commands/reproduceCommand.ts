/**
 * @file `reproduce`: runs a recorded run again, in an empty place, and compares its figures with what is recorded.
 *
 * The run's own command line is taken, with another root; what its commit and engine were is said where they differ now.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { type EvaluationRecord, isTraining, openStore, type RunRecord } from "@sdtt/core/store";
import { commitOf, machineOf, storePath } from "@sdtt/core/workspace";
import { z } from "zod";
import { flagsFor, kinds, type StageKind } from "../cells/kinds.js";
import { runStage, type Stage } from "../default/stages.js";
import { root, say } from "./shared.js";

const options = z.object({
  run: z.string().describe("id of the run, as `status --json` and the exports name it"),
  root,
  out: z.string().optional().describe("empty folder to work in; default: a temporary one, removed afterwards"),
});

interface Recorded {
  readonly run: RunRecord;
  readonly evaluations: readonly EvaluationRecord[];
  readonly checkpoints: readonly { readonly weights: string; readonly hash: string; readonly update: number }[];
}

/** A run and what it made; `like` takes the run of its stage and round, as an evaluation's id has its root in it. */
function recorded(path: string, id: string, like?: RunRecord): Recorded {
  const store = openStore(path, { readonly: true });
  try {
    const run = like ? store.runs({ stage: like.stage }).find(({ round }) => round === like.round) : store.run(id);
    if (!run) {
      const known = store.runs().map((one) => one.id);
      const remedy = known.length > 0 ? `The newest: ${known.slice(-3).join(", ")}.` : "There are none yet.";
      throw userError("reproduce", `the run must be in ${path}`, `${id} (flag --run)`, remedy);
    }
    return {
      run,
      evaluations: store.evaluations({ runId: run.id, control: "any" }),
      checkpoints: store.checkpoints({ runId: run.id }),
    };
  } finally {
    store.close();
  }
}

/** The recorded options with another root; text is prepared anew there. */
export function commandAgain({ stage, round, config, command, engine }: RunRecord, root: string): Stage {
  if (!(stage in kinds) || engine === "external") {
    const remedy = "Give a run of pretrain, round, curve or lambada.";
    throw userError("reproduce", "the run must be one that can be made again", command, remedy);
  }
  const kind = stage as StageKind;
  const { data: _, rounds: __, evaluator: ___, beside: ____, ...kept } = config;
  const until = kind === "round" ? { until: round, evaluate: false } : {};
  return { program: kinds[kind].program, args: [kind, ...flagsFor(kind, { ...kept, ...until, root })] };
}

/** One line for each figure and each set of final weights: recorded, now, and whether they are the same. */
export function comparison(before: Recorded, after: Recorded): { readonly lines: string[][]; readonly same: boolean } {
  const figure = (of: Recorded) =>
    new Map(of.evaluations.map((one) => [`${one.definition} at ${one.steps ?? "–"}`, one.value]));
  const last = (of: Recorded) => {
    const newest = Math.max(...of.checkpoints.map(({ update }) => update));
    const final = of.checkpoints.filter(({ update }) => update === newest);
    return new Map(final.map(({ weights, hash }) => [`${weights} weights at update ${newest}`, hash.slice(0, 16)]));
  };
  const training = isTraining(before.run.stage);
  const [then, now] = training ? [last(before), last(after)] : [figure(before), figure(after)];
  const lines = [...then].map(([name, value]) => {
    const found = now.get(name);
    return [name, String(value), String(found ?? "–"), Object.is(found, value) ? "same" : "DIFFERENT"];
  });
  return { lines, same: lines.length > 0 && lines.every((line) => line[3] === "same") };
}

function differences({ run }: Recorded): string[] {
  const { commit, dirty } = commitOf();
  const lines: string[] = [];
  if (run.commit !== commit || run.dirty || dirty) {
    const shown = (hash: string, changed: boolean) => `${hash.slice(0, 12)}${changed ? " and changes" : ""}`;
    lines.push(`code: ${shown(run.commit, run.dirty)} then, ${shown(commit, dirty)} now`);
  }
  if (run.machine !== machineOf()) lines.push(`machine: ${run.machine} then, ${machineOf()} now`);
  return lines;
}

export const reproduce = defineCommand({
  name: "reproduce",
  summary: "run a recorded run again in an empty place and compare weights or figures",
  options,
  async run(o) {
    const before = recorded(storePath(o.root), o.run);
    const place = o.out ?? mkdtempSync(join(tmpdir(), "sdtt-reproduce-"));
    try {
      await runStage(commandAgain(before.run, place));
      const after = recorded(storePath(place), o.run, before.run);
      const { lines, same } = comparison(before, after);
      say(`\n${alignTable([["", "recorded", "now", ""], ...lines])}`);
      for (const line of differences(before)) say(line);
      say(same ? "reproduced: every value is the same" : "NOT reproduced");
      if (!same) process.exitCode = 1;
    } finally {
      if (!o.out) rmSync(place, { recursive: true, force: true });
    }
  },
});

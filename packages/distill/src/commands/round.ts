/**
 * @file `round`: distils the next rounds of a run from its newest student, and has each student evaluated.
 *
 * `--rounds` counts the rounds of the run in all, so that the same command goes on after a stop, and says that there is
 * nothing left to do once they are done.
 */
import { userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { openEngine } from "@sdtt/core/engine";
import { printPlan } from "@sdtt/core/plan";
import { assetPath } from "@sdtt/core/workspace";
import { nextRound, roundStep } from "../method/rounds.js";
import { evaluatorScript } from "../runs/evaluator.js";
import { newestFacts } from "../runs/recall.js";
import { checkMicrobatch } from "../training/pretrainTask.js";
import { roundPlan } from "./costs.js";
import { distilRound } from "./distilRound.js";
import { evaluateStudent, leftUnevaluated } from "./evaluateStudent.js";
import { checkDecay } from "./options.js";
import {
  checkControl,
  checkObjective,
  checkTeacherDropout,
  type RoundFlags,
  recallRound,
  roundOptions,
} from "./roundOptions.js";

/** The round to end with: what is asked for, else what was asked for when the run was stopped, else one more. */
function lastRound({ rounds, until, root, name }: RoundFlags, first: number): number {
  const asked = rounds ?? until;
  if (asked !== undefined) return asked;
  const before = newestFacts(root, name, 1)?.config;
  return Math.max(first, Number(before?.rounds ?? before?.until ?? 0));
}

const finished = (count: number, name: string): string =>
  `${count === 1 ? "round 1" : `rounds 1 to ${count}`} of ${name} ${count === 1 ? "is" : "are"} done; one more: --rounds=${count + 1}\n`;

export const round = defineCommand({
  name: "round",
  summary: "distil the next round of a run, then evaluate the student",
  options: roundOptions,
  recall: recallRound,
  rules(o) {
    if (o.rounds !== undefined && o.until !== undefined) {
      const got = `--rounds=${o.rounds} and --until=${o.until}`;
      throw userError("round", "both say how many rounds there shall be in all", got, "Leave one of them out.");
    }
    checkControl(o);
    checkTeacherDropout(o);
    checkObjective(o);
    checkMicrobatch("round", o.sequences, o.microbatch);
    checkDecay("round", o);
    if (o.control === undefined) roundStep(o.initialSteps, o.substeps, 1);
    if (o.evaluate && !o.dryRun) evaluatorScript(o.evaluator);
  },
  async run(o, { config, configHash, argv }) {
    if (o.dryRun) return printPlan(roundPlan(o.teacher ?? assetPath("teacher"), o), o);
    const first = nextRound(o.root, o.name);
    const last = lastRound(o, first);
    const left = o.evaluate ? leftUnevaluated(o.root, o.name) : undefined;
    if (left) await evaluateStudent(o, left);
    const context = { config, configHash, command: `distill ${argv.join(" ")}`, last };
    const engine = first <= last ? await openEngine(o.engine, o) : undefined;
    for (let number = first; engine && number <= last; number++) {
      const folder = await distilRound(o, engine, number, context);
      process.stdout.write(`round ${number} done: ${folder}\n`);
      if (o.evaluate) await evaluateStudent(o, folder);
    }
    process.stdout.write(finished(Math.max(last, first - 1), o.name));
  },
});

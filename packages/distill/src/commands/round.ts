/**
 * @file `round`: distils the next round of a run from its newest student, then has the student evaluated.
 */
import { resolve } from "node:path";
import {
  assetPath,
  checkTensors,
  defineCommand,
  dryRunFlags,
  type Engine,
  engineFlags,
  loadTokenizer,
  type ModelConfig,
  newName,
  openDenoiser,
  openEngine,
  optimizerSpecs,
  plannedSize,
  printPlan,
  rootFolder,
  Stopped,
  specsOfTensors,
  stopSignalOf,
  type TensorMap,
  timeGridNames,
  UserError,
  userError,
  weightsHash,
} from "@sdtt/core";
import { z } from "zod";
import { divergenceNames } from "../method/divergences.js";
import { lossPrecisions } from "../method/lossPrecision.js";
import {
  firstTeacher,
  nextRound,
  type Predecessor,
  previousStudent,
  roundStep,
  tokenizerFileOf,
} from "../method/roundPlan.js";
import { roundTask } from "../method/roundTask.js";
import { checkLength, openData } from "../runs/data.js";
import { evaluatorScript } from "../runs/evaluator.js";
import { refuseChanged, refuseOtherText } from "../runs/resume.js";
import { type CheckpointState, openRun, type RunFacts, resumeState, roundFolder } from "../runs/run.js";
import { checkMicrobatch } from "../training/pretrainTask.js";
import { freshState, type TrainState, train } from "../training/train.js";
import { roundPlan } from "./costs.js";
import { adamwOf, checkDecay, optimizerFlags, partFlags, scheduleFlags, scheduleOf } from "./options.js";

const options = z.object({
  name: newName().default("default").describe("name of the run"),
  experiment: newName().default("default").describe("experiment that the run belongs to"),
  teacher: z.string().optional().describe("folder of a checkpoint, a round or a run; default: the embedded teacher"),
  rounds: z.int().positive().optional().describe("rounds to distil in a row (default 1)"),
  until: z.int().positive().optional().describe("instead: distil up to this round, nothing if it is done"),
  updates: z.int().positive().default(250).describe("optimizer updates of a round"),
  sequences: z.int().positive().default(16).describe("sequences per update"),
  ...partFlags,
  divergence: z.enum(divergenceNames).default("reverse-kl").describe("what the student minimises"),
  lossPrecision: z.enum(lossPrecisions).default("float32").describe("precision of log-probabilities in the loss"),
  substeps: z.int().min(2).default(2).describe("m: teacher steps that the student does in one"),
  initialSteps: z
    .int()
    .positive()
    .default(32)
    .describe("1/Δ of the first round; Δ grows m-fold with each, to 1/m at most"),
  grid: z.enum(timeGridNames).default("paper").describe("times of the teacher's steps"),
  dropout: z.number().min(0).lt(1).default(0.1).describe("residual dropout of the student; the teacher has none"),
  lr: z.number().positive().default(1e-3).describe("peak learning rate"),
  ...scheduleFlags,
  warmup: z.int().nonnegative().default(20).describe("updates of linear warm-up"),
  ...optimizerFlags,
  ema: z.number().min(0).lt(1).default(0.999).describe("decay of the student's moving average"),
  weights: z
    .enum(["raw", "ema"])
    .default("ema")
    .describe("which of a student's are evaluated and teach the next round"),
  resetOptimizer: z.boolean().default(false).describe("begin each round with fresh Adam moments and a fresh EMA"),
  source: z.string().default("embedded").describe("text: embedded, or a file or folder as `prepare` takes"),
  data: z.string().optional().describe("folder of the prepared text; default: one in ROOT/data, known by its content"),
  checkpointEvery: z.int().positive().default(100).describe("updates between checkpoints"),
  seed: z.int().nonnegative().default(1).describe("seed of everything that is drawn"),
  evaluate: z.boolean().default(true).describe("evaluate each student afterwards"),
  evaluator: z
    .string()
    .optional()
    .describe("script that evaluates, as eval's command line does; default: that of @sdtt/eval"),
  ...engineFlags,
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder of runs, data and the store"),
  ...plannedSize,
  ...dryRunFlags,
});

type Options = z.output<typeof options>;

function predecessorOf(o: Options, round: number, begun: CheckpointState | undefined): Predecessor {
  if (round > 1) return previousStudent(o.root, o.name, round);
  return firstTeacher(o.teacher ?? assetPath("teacher"), begun?.lineage);
}

/** Throws   UserError where the round before had another optimizer */
function checkOptimizer(o: Options, optimizer: TensorMap, model: TensorMap): void {
  const remedy = "Give the --optimizer of the round before, or --reset-optimizer.";
  checkTensors(`round ${o.name}`, optimizer, optimizerSpecs(specsOfTensors(model), adamwOf(o)), false, remedy);
}

/** The student begins as the student before it; the first one as the teacher. */
function startState(o: Options, before: Predecessor): TrainState {
  const model = before.training?.model ?? before.weights;
  if (!before.training || o.resetOptimizer) return freshState(model, adamwOf(o));
  checkOptimizer(o, before.training.optimizer, model);
  return { ...before.training, update: 0, model };
}

/** Distils one round; returns the student's folder. Throws   Stopped where it was asked to stop */
async function distilRound(
  o: Options,
  engine: Engine,
  round: number,
  context: { config: RunFacts["config"]; configHash: string; command: string },
  last: number,
): Promise<string> {
  const where = `round ${round} of ${o.name}`;
  const dt = roundStep(o.initialSteps, o.substeps, round);
  const found = resumeState(roundFolder(o.root, o.name, round));
  const before = predecessorOf(o, round, found?.facts);
  const model = { ...before.state.model, dropout: o.dropout } as ModelConfig;
  const tokenizerPath = tokenizerFileOf(before, o.root, ...(o.data ? [o.data] : []), o.teacher ?? assetPath("teacher"));
  const tokenizer = loadTokenizer(tokenizerPath);
  const data = await openData({ ...o, tokenizer: tokenizerPath, vocab: tokenizer.vocabSize });
  const config = { ...context.config, tokenizer: resolve(tokenizerPath) };
  if (found) refuseChanged(where, found.facts.config, config);
  const facts: RunFacts = {
    ...context,
    config,
    stage: "round",
    run: o.name,
    experiment: o.experiment,
    round,
    updates: o.updates,
    seed: o.seed,
    model,
    tokenizerHash: before.state.tokenizerHash,
    corpusHash: data.train.corpusHash,
    dt,
    lineage: [...before.state.lineage, before.hash],
  };
  if (found) refuseOtherText(where, found.facts, facts);
  checkLength(where, data.train, model.length);
  const run = openRun(o.root, facts, engine);
  const teacher = openDenoiser(engine, { ...before.state.model, dropout: 0 } as ModelConfig, before.weights);
  const work = async () => {
    const { sequences, microbatch, seed } = o;
    const sizes = { shard: data.train, sequences, microbatch, length: model.length, seed };
    const { substeps, grid, divergence, lossPrecision, updates, checkpointEvery } = o;
    const made = roundTask(teacher, model, sizes, { round, dt, substeps, grid, divergence, lossPrecision });
    const task = { ...made, headChunk: o.headChunk };
    const schedule = scheduleOf(o);
    const adamw = adamwOf(o);
    const started = new Date().toISOString();
    process.stderr.write(`${where}: Δ = 1/${1 / dt}, ${substeps} substeps, ${divergence}, teacher ${before.text}\n`);
    const end = await train(
      engine,
      task,
      found?.state ?? startState(o, before),
      { updates, schedule, adamw, checkpointEvery },
      run.hooks,
    );
    const isDone = end.update >= updates;
    const student = o.weights === "ema" ? end.ema : end.model;
    const finished = isDone ? { studentHash: weightsHash(student), finishedAt: new Date().toISOString() } : {};
    run.store.saveRound({
      runId: run.runId,
      round,
      dt,
      updates,
      teacherHash: before.hash,
      startedAt: started,
      ...finished,
    });
    return isDone ? "done" : "stopped";
  };
  const goOn = () => `stopped in round ${round}; the same command with --until=${last} goes on from there`;
  await run.during(work, goOn).finally(() => teacher.dispose());
  return run.folder;
}

/** Runs the evaluation as a process of its own; its table goes to this terminal. */
async function evaluateStudent(o: Options, folder: string): Promise<void> {
  const teacher = o.teacher ?? assetPath("teacher");
  const shared = [
    `--root=${o.root}`,
    `--engine=${o.engine}`,
    `--device=${o.device}`,
    `--experiment=${o.experiment}`,
    `--seed=${o.seed}`,
  ];
  const threads = o.threads ? [`--threads=${o.threads}`] : [];
  const subject = [`--checkpoint=${folder}`, `--weights=${o.weights}`, `--teacher=${teacher}`];
  const args = ["curve", ...subject, ...shared, ...threads];
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

export const round = defineCommand({
  name: "round",
  summary: "distil the next round of a run, then evaluate the student",
  options,
  rules(o) {
    if (o.rounds !== undefined && o.until !== undefined) {
      const got = `--rounds=${o.rounds} and --until=${o.until}`;
      throw userError("round", "rounds are counted from here or up to a number", got, "Leave one of them out.");
    }
    checkMicrobatch("round", o.sequences, o.microbatch);
    checkDecay("round", o);
    if (o.evaluate && !o.dryRun) evaluatorScript(o.evaluator);
  },
  async run(o, { config, configHash, argv }) {
    roundStep(o.initialSteps, o.substeps, 1);
    if (o.dryRun) return printPlan(roundPlan(o.teacher ?? assetPath("teacher"), o), o);
    const engine = await openEngine(o.engine, o);
    const first = nextRound(o.root, o.name);
    const last = o.until ?? first + (o.rounds ?? 1) - 1;
    if (last < first) process.stdout.write(`round ${last} of ${o.name} is done\n`);
    for (let number = first; number <= last; number++) {
      const context = { config, configHash, command: `distill ${argv.join(" ")}` };
      const folder = await distilRound(o, engine, number, context, last);
      process.stdout.write(`round ${number} done: ${folder}\n`);
      if (o.evaluate) await evaluateStudent(o, folder);
    }
  },
});

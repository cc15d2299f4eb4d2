/**
 * @file One round of a run: its teacher, its text and its task, trained from where its checkpoints are.
 */
import { resolve } from "node:path";
import { specsOfTensors, type TensorMap } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import { checkTensors, type Engine } from "@sdtt/core/engine";
import { ownText } from "@sdtt/core/files";
import type { ModelConfig } from "@sdtt/core/model";
import { optimizerSpecs } from "@sdtt/core/optim";
import { openDenoiser } from "@sdtt/core/sampler";
import { loadTokenizer } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { loadDivergence } from "../method/divergences.js";
import { firstTeacher, type Predecessor, previousStudent, roundStep, tokenizerFileOf } from "../method/roundPlan.js";
import { roundTask } from "../method/roundTask.js";
import { checkLength, openData, type PreparedData } from "../runs/data.js";
import { refuseOtherText } from "../runs/resume.js";
import { type CheckpointState, openRun, type RunFacts, resumeState, roundFolder } from "../runs/run.js";
import { refuseChangedText, textOf } from "../runs/text.js";
import { type DataOptions, pretrainTask } from "../training/pretrainTask.js";
import type { Task } from "../training/task.js";
import { freshState, type TrainState, train } from "../training/train.js";
import { adamwOf, scheduleOf } from "./options.js";
import type { RoundOptions } from "./roundOptions.js";

export interface RoundContext {
  readonly config: RunFacts["config"];
  readonly configHash: string;
  readonly command: string;
  /** The round that the command is to end with. */
  readonly last: number;
}

function predecessorOf(o: RoundOptions, round: number, begun: CheckpointState | undefined): Predecessor {
  if (round > 1) return previousStudent(o.root, o.name, round);
  return firstTeacher(o.teacher ?? assetPath("teacher"), begun?.lineage);
}

/** Throws   UserError where the round before had another optimizer */
function checkOptimizer(o: RoundOptions, optimizer: TensorMap, model: TensorMap): void {
  const remedy = "Give the --optimizer of the round before, or --reset-optimizer.";
  checkTensors(`round ${o.name}`, optimizer, optimizerSpecs(specsOfTensors(model), adamwOf(o)), false, remedy);
}

/** The student begins as the student before it; the first one as the teacher. */
function startState(o: RoundOptions, before: Predecessor): TrainState {
  const model = before.training?.model ?? before.weights;
  if (!before.training || o.resetOptimizer) return freshState(model, adamwOf(o));
  checkOptimizer(o, before.training.optimizer, model);
  return { ...before.training, update: 0, model };
}

interface RoundText {
  readonly source: string;
  readonly data: PreparedData;
  readonly tokenizerPath: string;
}

/** The text that is asked for, else that of the model that the round goes on from; prepared where it is not yet. */
async function openText(
  where: string,
  o: RoundOptions,
  before: Predecessor,
  model: CheckpointState,
): Promise<RoundText> {
  const place = textOf(where, o, model);
  const folders = [o.data, place.data, o.teacher ?? assetPath("teacher")].flatMap((folder) => folder ?? []);
  const tokenizerPath = tokenizerFileOf(before, o.root, ...folders);
  const { vocabSize: vocab } = loadTokenizer(tokenizerPath);
  const text = place.isAsLearned ? { data: place.data } : place;
  const data = await openData({ root: o.root, ...text, tokenizer: tokenizerPath, vocab });
  return { source: place.source, data, tokenizerPath };
}

/** Of a round, a null round, or the teacher that is trained on; `dispose` frees what it holds. */
async function taskOf(engine: Engine, o: RoundOptions, round: number, before: Predecessor, sizes: DataOptions) {
  const model = { ...before.state.model, dropout: o.dropout } as ModelConfig;
  if (o.control === "equal-updates") {
    const plain = { easy: { updates: 0, from: 0, to: 1 }, draws: ["round", round] };
    const task: Task = pretrainTask(model, sizes, model.vocabSize - 1, plain);
    return { task: { ...task, label: `round ${round}` }, what: "the teacher trained on", dispose() {} };
  }
  const teacher = openDenoiser(engine, { ...before.state.model, dropout: 0 } as ModelConfig, before.weights);
  const { substeps, grid, lossPrecision } = o;
  const divergence = await loadDivergence(o.divergence);
  const dt = stepOf(o, round);
  const task = roundTask(teacher, model, sizes, { round, dt, substeps, grid, divergence, lossPrecision });
  const step =
    o.control === "null" ? "null control: the teacher's own prediction" : `Δ = 1/${1 / dt}, ${substeps} substeps`;
  return { task, what: `${step}, ${ownText(o.divergence)}`, dispose: () => teacher.dispose() };
}

/** Δ; a control takes no step in time. */
const stepOf = (o: RoundOptions, round: number): number =>
  o.control === undefined ? roundStep(o.initialSteps, o.substeps, round) : 0;

/** Distils one round; returns the student's folder. Throws   Stopped where it was asked to stop */
export async function distilRound(
  o: RoundOptions,
  engine: Engine,
  round: number,
  { last, ...context }: RoundContext,
): Promise<string> {
  const where = `round ${round} of ${o.name}`;
  const dt = stepOf(o, round);
  const found = resumeState(roundFolder(o.root, o.name, round));
  const before = predecessorOf(o, round, found?.facts);
  const begun = found?.facts ?? (round > 1 ? before.state : undefined);
  const { source, data, tokenizerPath } = await openText(where, o, before, begun ?? before.state);
  if (!begun) refuseChangedText(where, o, before.state, data);
  const { name: run, experiment = run, updates, seed, control } = o;
  const facts: RunFacts = {
    ...context,
    config: { ...context.config, source, tokenizer: resolve(tokenizerPath) },
    ...{ stage: "round", run, experiment, round, updates, seed, dt },
    model: { ...before.state.model, dropout: o.dropout } as ModelConfig,
    tokenizerHash: before.state.tokenizerHash,
    corpusHash: data.train.corpusHash,
    lineage: [...before.state.lineage, before.hash],
    text: { source, data: data.folder },
    ...(control && { control }),
  };
  if (begun) refuseOtherText(where, begun, facts);
  checkLength(where, data.train, facts.model.length);
  const opened = openRun(o.root, facts, engine);
  const { sequences, microbatch } = o;
  const sizes = { shard: data.train, sequences, microbatch, length: facts.model.length, seed };
  const { task, what, dispose } = await taskOf(engine, o, round, before, sizes);
  const work = async () => {
    const startedAt = new Date().toISOString();
    process.stderr.write(`${where}: ${what}, teacher ${before.text}\n`);
    const settings = { updates, schedule: scheduleOf(o), adamw: adamwOf(o), checkpointEvery: o.checkpointEvery };
    const start = found?.state ?? startState(o, before);
    const end = await train(engine, { ...task, headChunk: o.headChunk }, start, settings, opened.hooks);
    const isDone = end.update >= updates;
    const student = o.weights === "ema" ? end.ema : end.model;
    const finished = isDone ? { studentHash: weightsHash(student), finishedAt: new Date().toISOString() } : {};
    const row = { runId: opened.runId, round, dt, updates, teacherHash: before.hash, startedAt };
    opened.store.saveRound({ ...row, ...finished });
    return isDone ? "done" : "stopped";
  };
  const goOn = () => `stopped in round ${round} of ${last}; the same command goes on from there`;
  await opened.during(work, goOn).finally(dispose);
  return opened.folder;
}

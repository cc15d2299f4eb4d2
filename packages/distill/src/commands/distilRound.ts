/**
 * @file One round of a run, as the paper has it: choose the teacher, make its targets, update the student towards them, and the
 * student is the next round's teacher.
 */
import { resolve } from "node:path";
import { specsOfTensors, type TensorMap, userError } from "@sdtt/core/base";
import { type CheckpointState, weightsHash } from "@sdtt/core/checkpoint";
import { checkTensors, type Engine } from "@sdtt/core/engine";
import { ownText } from "@sdtt/core/files";
import type { ModelConfig } from "@sdtt/core/model";
import { asCritic, optimizerSpecs } from "@sdtt/core/optim";
import { openDenoiser } from "@sdtt/core/sampler";
import { loadTokenizer } from "@sdtt/core/text";
import { assetPath, roundFolder } from "@sdtt/core/workspace";
import { copiedModel, copiedWeights } from "../method/decoders.js";
import { loadDivergence } from "../method/divergences.js";
import type { RoundData } from "../method/noised.js";
import { toldModel, toldWeights } from "../method/noiseInput.js";
import { openNoisyTeacher } from "../method/noisyTeacher.js";
import { type Aim, objectives } from "../method/objectives/index.js";
import { firstTeacher, type Predecessor, previousStudent, roundStep, tokenizerFileOf } from "../method/rounds.js";
import { noisyNullTask, type RoundOptions, roundTask } from "../method/roundTask.js";
import { openData, type PreparedData } from "../runs/data.js";
import { type RunFacts, resumeState } from "../runs/run.js";
import { refuseChangedText, textOf } from "../runs/text.js";
import { pretrainTask } from "../training/pretrainTask.js";
import type { Task } from "../training/task.js";
import { criticState, freshState, type TrainState } from "../training/train.js";
import { adamwOf } from "./options.js";
import type { RoundFlags } from "./roundOptions.js";
import { loadPartner, partnerOfRound, type RoundPartner } from "./roundPartner.js";
import { openTrainingRun, type TrainingRun, trainToEnd } from "./trainingRun.js";

export interface RoundContext {
  readonly config: RunFacts["config"];
  readonly configHash: string;
  readonly command: string;
  /** The round that the command is to end with. */
  readonly last: number;
}

function chooseTeacher(o: RoundFlags, round: number, begun: CheckpointState | undefined): Predecessor {
  if (round > 1) return previousStudent(o.root, o.name, round);
  return firstTeacher(o.teacher ?? assetPath("teacher"), begun?.lineage);
}

/** Throws   UserError where the round before had another optimizer */
function checkOptimizer(o: RoundFlags, optimizer: TensorMap, model: TensorMap, critic: TensorMap): void {
  const remedy = "Give the --optimizer of the round before, or --reset-optimizer.";
  const learning = specsOfTensors({ ...model, ...asCritic(critic) });
  const specs = { ...optimizerSpecs(learning, adamwOf(o)), ...specsOfTensors(criticState(critic)) };
  checkTensors(`round ${o.name}`, optimizer, specs, false, remedy);
}

/** The weights of a teacher in the shape of its student. */
function begunFrom({ weights, state }: Predecessor, student: ModelConfig, seed: number): TensorMap {
  return copiedWeights(toldWeights(weights, state.model, student, seed), state.model, student);
}

/** The student begins as the student before it, the first one as the teacher; a critic begins each round as its teacher. */
function startState(o: RoundFlags, before: Predecessor, student: ModelConfig, critic: TensorMap = {}): TrainState {
  const model = before.training?.model ?? begunFrom(before, student, o.seed);
  if (!before.training || o.resetOptimizer) return freshState(model, adamwOf(o), critic);
  checkOptimizer(o, before.training.optimizer, model, critic);
  const optimizer = { ...before.training.optimizer, ...criticState(critic) };
  return { ...before.training, update: 0, model, optimizer };
}

interface RoundText {
  readonly source: string;
  readonly data: PreparedData;
  readonly tokenizerPath: string;
}

/** The text that is asked for, else that of the model that the round goes on from; prepared where it is not yet. */
async function openText(where: string, o: RoundFlags, before: Predecessor, model: CheckpointState): Promise<RoundText> {
  const place = textOf(where, o, model);
  const folders = [o.data, place.data, o.teacher ?? assetPath("teacher")].flatMap((folder) => folder ?? []);
  const tokenizerPath = tokenizerFileOf(before, o.root, ...folders);
  const { vocabSize: vocab } = loadTokenizer(tokenizerPath);
  const text = place.isAsLearned ? { data: place.data } : place;
  const data = await openData({ root: o.root, ...text, tokenizer: tokenizerPath, vocab });
  return { source: place.source, data, tokenizerPath };
}

/** Δ; a control takes no step in time. */
const stepOf = (o: RoundFlags, round: number): number =>
  o.control === undefined ? roundStep(o.initialSteps, o.substeps, round) : 0;

interface Round {
  readonly number: number;
  readonly dt: number;
  readonly teacher: Predecessor;
  readonly partner?: RoundPartner | undefined;
  readonly model: ModelConfig;
}

/** The teacher's own prediction, with the dropout that is asked for. */
function nullTask(
  engine: Engine,
  sizes: RoundData,
  o: RoundFlags,
  { teacher: before, model }: Round,
  options: RoundOptions,
) {
  const { teacherDropout: rate, sharedDropout: shared } = o;
  if (rate === 0) {
    const teacher = openDenoiser(engine, before.state.model, before.weights);
    return { task: roundTask(teacher, model, sizes, options), dispose: () => teacher.dispose() };
  }
  const teacher = openNoisyTeacher(engine, { ...before.state.model, dropout: rate } as ModelConfig, before.weights);
  const task = noisyNullTask(teacher, model, sizes, options, { rate, shared });
  return { task, dispose: () => teacher.dispose() };
}

/** Throws   UserError where a flag is given that needs a network of the project's */
function refuseOwn(flag: string | undefined | 0, rule: string): void {
  if (!flag) return;
  throw userError("round", rule, flag, `Leave ${flag.split("=")[0]} out, or take a teacher of the project's.`);
}

/** The student's shape: its teacher's, with dropout, and told what its objective tells, or what it says itself. */
function studentModel(o: RoundFlags, teacher: ModelConfig): ModelConfig {
  const told = o.control === undefined ? objectives[o.objective].noise : undefined;
  const { selfConditioning, decoders } = o;
  if (teacher.kind === "own") {
    refuseOwn(told ? `--objective=${o.objective}` : undefined, "a model of one's own architecture has no noise input");
    refuseOwn(selfConditioning ? "--self-conditioning" : undefined, "a model of one's own is told nothing");
    refuseOwn(decoders && `--decoders=${decoders}`, "a model of one's own architecture has no copies of a block");
    return teacher;
  }
  const model = { ...copiedModel(teacher, decoders), dropout: o.dropout } as ModelConfig;
  return toldModel(model, { noise: told?.(model, o.parts), selfConditioning });
}

/** What the student is to learn, and its loss; of controls the plain loss, or the teacher's own prediction. */
async function aimOf(run: TrainingRun, o: RoundFlags, round: Round): Promise<Aim> {
  const { engine } = run;
  const sizes = { ...run.sizes, order: o.order };
  const { number, dt, teacher: before, model } = round;
  if (o.control === "equal-updates") {
    const plain = { easy: { updates: 0, from: 0, to: 1 }, draws: ["round", number] };
    const task: Task = pretrainTask(model, sizes, model.vocabSize - 1, plain);
    return { task: { ...task, label: `round ${number}` }, what: "the teacher trained on", dispose() {} };
  }
  const { substeps, grid, lossPrecision, alpha } = o;
  const divergence = await loadDivergence(o.divergence);
  const options: RoundOptions = { round: number, dt, substeps, grid, divergence, lossPrecision };
  const towards = ownText(o.divergence);
  if (o.control === "null") {
    return {
      ...nullTask(engine, sizes, o, round, options),
      what: `null control: the teacher's own prediction, ${towards}`,
    };
  }
  const teacher = { model: before.state.model, weights: before.weights };
  const commit = { steps: o.commitSteps, threshold: o.commitThreshold };
  const partner = round.partner && { model: round.partner.model, weights: loadPartner(round.partner) };
  const given = { engine, teacher, partner, model, data: sizes, round: options, alpha, parts: o.parts, commit };
  const { byDivergence, aim } = objectives[o.objective];
  const aimed = aim(given);
  return { ...aimed, what: byDivergence ? `${aimed.what}, ${towards}` : aimed.what };
}

/** What a student's run is known by. */
function factsOf(
  o: RoundFlags,
  { number: round, dt, teacher, partner, model }: Round,
  text: RoundText,
  config: RunFacts["config"],
) {
  const { name: run, experiment = run, updates, seed, control } = o;
  const { source, data, tokenizerPath } = text;
  return {
    config: { ...config, source, tokenizer: resolve(tokenizerPath), ...(partner && { partnerHash: partner.hash }) },
    ...{ stage: "round" as const, run, experiment, round, updates, seed, dt, model },
    tokenizerHash: teacher.state.tokenizerHash,
    corpusHash: data.train.corpusHash,
    lineage: [...teacher.state.lineage, teacher.hash],
    text: { source, data: data.folder },
    ...(control && { control }),
  };
}

/** The student that a round ended with is who the next one learns from; the store has its hash. */
function studentBecomesTeacher(
  { store, runId }: TrainingRun,
  o: RoundFlags,
  round: Round,
  startedAt: string,
  end: TrainState,
) {
  const isDone = end.update >= o.updates;
  const student = o.weights === "ema" ? end.ema : end.model;
  const finished = isDone ? { studentHash: weightsHash(student), finishedAt: new Date().toISOString() } : {};
  const { number, dt, teacher } = round;
  const row = { runId, round: number, dt, updates: o.updates, teacherHash: teacher.hash, startedAt };
  store.saveRound({ ...row, ...finished });
}

/** Distils one round; returns the student's folder. Throws   Stopped where it was asked to stop */
export async function distilRound(
  o: RoundFlags,
  engine: Engine,
  number: number,
  { last, ...context }: RoundContext,
): Promise<string> {
  const where = `round ${number} of ${o.name}`;
  const dt = stepOf(o, number);
  const found = resumeState(roundFolder(o.root, o.name, number));
  const teacher = chooseTeacher(o, number, found?.facts);
  const begun = found?.facts ?? (number > 1 ? teacher.state : undefined);
  const text = await openText(where, o, teacher, begun ?? teacher.state);
  if (!begun) refuseChangedText(where, o, teacher.state, text.data);
  const round: Round = {
    number,
    dt,
    teacher,
    partner: partnerOfRound(where, o, teacher, begun),
    model: studentModel(o, teacher.state.model),
  };
  const facts: RunFacts = { ...context, ...factsOf(o, round, text, context.config) };
  const run = openTrainingRun(where, o, engine, facts, text.data, begun);
  const aim = await aimOf(run, o, round);
  const work = async () => {
    const startedAt = new Date().toISOString();
    const beside = round.partner ? `, beside it ${round.partner.text}` : "";
    process.stderr.write(`${where}: ${aim.what}, teacher ${teacher.text}${beside}\n`);
    const { end, ended } = await trainToEnd(
      run,
      aim.task,
      found?.state ?? startState(o, teacher, round.model, aim.critic),
    );
    studentBecomesTeacher(run, o, round, startedAt, end);
    return ended;
  };
  const goOn = () => `stopped in round ${number} of ${last}; the same command goes on from there`;
  await run.during(work, goOn).finally(aim.dispose);
  return run.folder;
}

/** @file What `prepare`, `pretrain` and `round` would cost, said without reading text or weights. */
import { existsSync } from "node:fs";
import type { RoundControl } from "@sdtt/core/checkpoint";
import { isSelfConditioned, type ModelConfig } from "@sdtt/core/model";
import {
  askedTrunkFlops,
  headFlops,
  type Plan,
  type PlannedSize,
  plannedModel,
  roundUpdateFlops,
  trainedPositions,
  trainingMemory,
  trunkFlops,
  updateFlops,
} from "@sdtt/core/plan";
import { partnerFolder } from "@sdtt/core/sampler";
import { type Format, listSource } from "@sdtt/core/text";
import { copiedModel } from "../method/decoders.js";
import { toldModel } from "../method/noiseInput.js";
import { type ObjectiveName, objectives } from "../method/objectives/index.js";

interface Training {
  readonly updates: number;
  readonly sequences: number;
  readonly microbatch?: number | undefined;
}

function memoryOf(
  model: ModelConfig,
  { sequences, microbatch = sequences }: Training,
  networks: { readonly teacher: boolean; readonly critic?: boolean },
) {
  return trainingMemory(model, { microbatch, ...networks });
}

const batchNote = ({ sequences, microbatch = sequences }: Training, { length }: ModelConfig): string =>
  `an update is ${sequences} × ${length} tokens in ${sequences / microbatch} part(s)`;

export function pretrainPlan(model: ModelConfig, o: Training): Plan {
  return {
    stage: "pretrain",
    models: { model },
    memory: memoryOf(model, o, { teacher: false }),
    work: [{ unit: "an update", count: o.updates, flopsEach: updateFlops(model, o.sequences) }],
    notes: [batchNote(o, model)],
  };
}

export interface PlannedRound extends Training {
  readonly rounds?: number | undefined;
  readonly until?: number | undefined;
  readonly substeps: number;
  readonly control?: RoundControl | undefined;
  readonly objective?: ObjectiveName | undefined;
  readonly partner?: string | undefined;
  readonly parts?: number | undefined;
  readonly commitSteps?: number | undefined;
  readonly selfConditioning?: boolean | undefined;
  readonly decoders?: number | undefined;
  readonly size?: PlannedSize | undefined;
}

/** One pass of the second network an update, about as many positions as are trained; nothing where none is asked. */
function partnerCost({ objective = "sdtt", control, partner, sequences }: PlannedRound, student: ModelConfig) {
  const kind = control === undefined ? objectives[objective].partner : undefined;
  if (!kind) return undefined;
  const folder = partnerFolder(kind, partner);
  const { model } = plannedModel("round", folder, student);
  const positions = trainedPositions(student, sequences * student.length);
  return { model, folder, flops: askedTrunkFlops(model, sequences, positions) + headFlops(model, positions) };
}

/** Rows that the student writes itself: an upper bound, as if every step asked about all that is masked in the first. */
const writingFlops = (model: ModelConfig, rows: number, steps: number): number => {
  const positions = trainedPositions(model, rows * model.length);
  return steps * (trunkFlops(model, rows) + headFlops(model, positions));
};

/** The shape of a student: its teacher's, with what its options add. */
export const plannedStudent = (
  teacher: ModelConfig,
  { selfConditioning, decoders }: Pick<PlannedRound, "selfConditioning" | "decoders">,
): ModelConfig =>
  teacher.kind === "dit"
    ? toldModel(copiedModel(teacher, decoders), { noise: teacher.noise, selfConditioning })
    : teacher;

interface UpdateCost {
  readonly flops: number;
  /** Of the teacher, and of what is asked beside. */
  readonly asked: string;
  readonly teacher: boolean;
  readonly critic?: boolean;
}

const namesOf = ({ teacher, critic }: Pick<UpdateCost, "teacher" | "critic">): string =>
  critic ? "teacher, student and critic" : teacher ? "teacher and student" : "student";

/** Student and critic learn; before that student, critic and teacher are asked once, and in microbatches twice. */
function matchingCost(model: ModelConfig, { sequences, microbatch = sequences }: Training): UpdateCost {
  const times = microbatch < sequences ? 2 : 1;
  const flops = 2 * updateFlops(model, sequences) + writingFlops(model, sequences, 3 * times);
  const asked = `of student and critic, which are asked ${times === 1 ? "once" : "twice"} before, and the teacher as often`;
  return { flops, asked, teacher: true, critic: true };
}

/** What an update of the student costs, a second network aside. */
function updateCost(model: ModelConfig, o: PlannedRound): UpdateCost {
  const objective = o.control === undefined ? (o.objective ?? "sdtt") : "sdtt";
  if (objective === "matching") return matchingCost(model, o);
  if (o.control === "equal-updates" || !objectives[objective].hasTeacher) {
    const passes = objective === "mixture" ? (o.parts ?? 4) : 1;
    return { flops: updateFlops(model, passes * o.sequences), asked: "no teacher steps", teacher: false };
  }
  const isCommit = objective === "commit";
  const steps = isCommit ? (o.commitSteps ?? 4) : o.substeps;
  const written = isCommit ? writingFlops(model, o.sequences, steps) : 0;
  const asked = `${steps} teacher steps${isCommit ? " and as many of the student" : ""}`;
  return { flops: roundUpdateFlops(model, o.sequences, steps) + written, asked, teacher: true };
}

/** The student has its teacher's sizes. Throws   UserError when the teacher is not there and no size is given */
export function roundPlan(teacher: string, o: PlannedRound): Plan {
  const { model: before, note } = plannedModel("round", teacher, o.size);
  const model = plannedStudent(before, o);
  const rounds = o.rounds ?? o.until ?? 1;
  const { flops, asked, ...networks } = updateCost(model, o);
  const partner = partnerCost(o, model);
  const first = isSelfConditioned(model) ? ", a first pass of every second row" : "";
  const beside = partner ? `, one pass of the partner (${partner.folder})` : "";
  return {
    stage: "round",
    models: {
      [namesOf(networks)]: model,
      ...(partner && { partner: partner.model }),
    },
    memory: memoryOf(model, o, { ...networks, teacher: networks.teacher || partner !== undefined }),
    work: [{ unit: "an update", count: rounds * o.updates, flopsEach: flops + (partner?.flops ?? 0) }],
    notes: [
      note,
      batchNote(o, model),
      `${rounds} round(s) of ${o.updates} updates, ${asked}${first}${beside}; evaluations not counted`,
    ],
  };
}

/** Bytes of a source's files. Throws   UserError where it cannot be listed */
function sizeBytes(source: string, format: Format): number {
  return listSource(source, format).files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Nothing of `prepare` is a product of matrices: what is said of it is where it reads and writes, and how much. */
export function preparePlan(o: {
  readonly source: string;
  readonly format: Format;
  readonly out?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly vocab: number;
}): Plan {
  const there = existsSync(o.source);
  const size = there
    ? `${(sizeBytes(o.source, o.format) / 1e6).toFixed(1)} MB`
    : "not there, or not a path: size unknown";
  const tokenizer = o.tokenizer ?? `one of ${o.vocab} tokens, trained on the training documents`;
  return {
    stage: "prepare",
    models: {},
    memory: [],
    work: [],
    notes: [
      `source ${o.source}: ${size}`,
      `tokenizer: ${tokenizer}`,
      `shards go to ${o.out ?? "a folder below the root's data"}, 2 bytes a token; English has about 4.4 bytes a token of GPT-2's`,
      "time: the tokenizer takes about 2 MB of text a second on two cores",
    ],
  };
}

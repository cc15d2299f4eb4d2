/**
 * @file `default`: `default.experiment.ts`, its controls beside each seed, levels to hold it against, and the report.
 *
 * It runs in one store under names that the report reads, not as a sweep (docs/decisions/0012). Every stage is resumable and every
 * cell is known to the store, so that running it again does what is missing. The teacher's cells are those whose figures ship with
 * it. Sizes are such that all of it is within some hours of two cores: fifteen rounds of 80 updates, as `distill:round` has, as many
 * null rounds and updates of the teacher, some 6 000 passes of a row for each student's curve.
 */
import { join } from "node:path";
import { availableThreads } from "@sdtt/core/base";
import { type RoundControl, roundControls } from "@sdtt/core/checkpoint";
import { defineCommand, rootFolder } from "@sdtt/core/cli";
import { openStore } from "@sdtt/core/store";
import { assetPath, roundFolder, storePath } from "@sdtt/core/workspace";
import { z } from "zod";
import { type Cells, whole } from "../assets/recipes.js";
import { guidance } from "../default/guidance.js";
import { coarseToFine } from "../default/order.js";
import { penalty } from "../default/penalty.js";
import { writeReport } from "../default/report.js";
import { runChains, type Stage } from "../default/stages.js";
import { repository } from "../programs.js";
import type { Definition } from "../spec/definition.js";
import { loadSpec } from "../spec/load.js";

const definedIn = join(import.meta.dirname, "../../default.experiment.ts");
const itsOwn = "default: as default.experiment.ts says";

export const options = z.object({
  rounds: z.int().positive().optional().describe(`rounds of each seed; ${itsOwn}`),
  seeds: z.array(z.int().nonnegative()).min(1).optional().describe(`seeds, as in 1,2,3; ${itsOwn}`),
  updates: z.int().positive().optional().describe(`updates of a round; ${itsOwn}`),
  steps: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .describe("step counts of all curves, as in 4,8,16; default: 4 to 32, the teacher's to all steps"),
  samples: z.int().min(2).optional().describe("samples of each cell; default: 512 to 32, fewer where steps are many"),
  temperatures: z
    .array(z.number().positive())
    .optional()
    .describe(`temperatures of the teacher in the control at matched entropy; ${itsOwn}`),
  controls: z
    .boolean()
    .default(true)
    .describe("null rounds too, the teacher trained on for as many updates, and a frequency penalty"),
  order: z
    .boolean()
    .default(true)
    .describe("teacher and last students drawn from coarse to fine too, and the teacher with guidance"),
  workers: z.int().positive().default(1).describe("processes at a time; one with all threads is the fastest"),
  reportOnly: z.boolean().default(false).describe("write the report from what the store has"),
  root: z
    .string()
    .default(() => rootFolder("default"))
    .describe("folder of the runs and the store"),
  out: z.string().default(join(repository, "experiments")).describe("folder of README.md and the plot"),
});

type Given = z.output<typeof options>;

/** What is run: as it is defined, but for what is asked for. */
export function chosen(given: Given, { name, base, seeds, result }: Definition) {
  const { count, updates } = base.rounds as { count: number; updates: number };
  const { temperatures = [] } = result;
  return {
    ...given,
    name,
    // Of students: the errors of so many samples where few steps are compared.
    cells: [base.curve as unknown as Cells, { steps: [16, 32], samples: 64 }],
    rounds: given.rounds ?? count,
    updates: given.updates ?? updates,
    seeds: given.seeds ?? seeds,
    temperatures: given.temperatures ?? temperatures.filter((temperature) => temperature !== 1),
  };
}
type Options = ReturnType<typeof chosen>;

const runName = (seed: number) => `seed-${seed}`;

function shared({ name, root, workers }: Options): string[] {
  const threads = Math.max(1, Math.floor(availableThreads() / workers));
  return [`--experiment=${name}`, `--threads=${threads}`, `--root=${root}`];
}

interface Evaluated {
  readonly checkpoint: string;
  readonly weights: "raw" | "ema";
  readonly name: string;
}

const subjectOf = ({ checkpoint, weights, name }: Evaluated): string[] => [
  `--checkpoint=${checkpoint}`,
  `--weights=${weights}`,
  `--name=${name}`,
];

/** What is asked for, else the cells given. */
function cellsFor({ steps, samples }: Options, usual: readonly Cells[]): readonly Cells[] {
  const size = samples === undefined ? {} : { samples };
  return steps ? [{ steps, ...size }] : usual.map((cells) => ({ ...cells, ...size }));
}

interface Drawn {
  readonly temperature?: number;
  readonly sampler?: string;
}

function curveStages(
  o: Options,
  of: Evaluated,
  seed: number,
  usual: readonly Cells[],
  { temperature = 1, sampler }: Drawn = {},
): Stage[] {
  const drawn = [`--seed=${seed}`, `--temperature=${temperature}`, ...(sampler ? [`--sampler=${sampler}`] : [])];
  const subject = [...subjectOf(of), "--teacher=none", ...drawn];
  return cellsFor(o, usual).map(({ steps, samples }): Stage => {
    const sizes = [`--steps=${steps.join(",")}`, ...(samples ? [`--samples=${samples}`] : [])];
    return { program: "eval", args: ["curve", ...subject, ...sizes, ...shared(o)] };
  });
}

function lastWordStage(o: Options, of: Evaluated): Stage {
  return { program: "eval", args: ["lambada", ...subjectOf(of), ...shared(o)] };
}

function roundsStage(o: Options, seed: number): Stage {
  const size = [`--until=${o.rounds}`, `--updates=${o.updates}`];
  const run = [`--name=${runName(seed)}`, `--seed=${seed}`, "--no-evaluate"];
  return { program: "distill", args: ["round", ...size, ...run, ...shared(o)] };
}

/** A control beside a seed's rounds, over as many of them; its last is evaluated. */
function controlStages(o: Options, seed: number, control: RoundControl): Stage[] {
  const name = `${runName(seed)}-${control}`;
  const beside = [`--name=${name}`, `--control=${control}`, `--beside=${runName(seed)}`, `--until=${o.rounds}`];
  const last: Evaluated = { checkpoint: roundFolder(o.root, name, o.rounds), weights: "ema", name };
  const rounds: Stage = { program: "distill", args: ["round", ...beside, "--no-evaluate", ...shared(o)] };
  return [rounds, ...curveStages(o, last, seed, o.cells)];
}

/**
 * The teacher from coarse to fine, at the temperatures that a student so drawn is held against. What it writes has more entropy than ancestral
 * steps of temperature 1, so that these are needed above it as well.
 */
function teacherInOrder(o: Options, teacher: Evaluated, seed: number): Stage[] {
  const { control, above } = whole.measured;
  const few = control.filter(({ steps }) => Math.max(...steps) <= 32);
  return [
    ...curveStages(o, teacher, seed, control, { temperature: above }),
    ...curveStages(o, teacher, seed, o.cells, { sampler: coarseToFine }),
    ...o.temperatures.flatMap((temperature) =>
      curveStages(o, teacher, seed, few, { temperature, sampler: coarseToFine }),
    ),
  ];
}

const guidedTeacher = (o: Options, teacher: Evaluated, seed: number): Stage[] =>
  Object.keys(guidance.samplers).flatMap((sampler) =>
    curveStages(o, teacher, seed, o.cells, { sampler, temperature: guidance.temperature }),
  );

/** A seed's rounds, then their evaluations and controls; the teacher's cells under the same seeds in chains of their own. */
export function stagesOf(o: Options): Stage[][] {
  const students = o.seeds.map((seed): Stage[] => {
    const name = runName(seed);
    const rounds = Array.from({ length: o.rounds }, (_, i): Evaluated => {
      return { checkpoint: roundFolder(o.root, name, i + 1), weights: "ema", name };
    });
    const curves = rounds.flatMap((one) => curveStages(o, one, seed, o.cells));
    const last = rounds.at(-1) as Evaluated;
    const ordered = o.order ? curveStages(o, last, seed, o.cells, { sampler: coarseToFine }) : [];
    const controls = o.controls ? roundControls.flatMap((control) => controlStages(o, seed, control)) : [];
    return [roundsStage(o, seed), ...curves, ...ordered, ...rounds.map((one) => lastWordStage(o, one)), ...controls];
  });
  const teacher: Evaluated = { checkpoint: assetPath("teacher"), weights: "raw", name: "teacher" };
  const { measured } = whole;
  const control = o.seeds.map((seed) => [
    ...curveStages(o, teacher, seed, measured.teacher),
    ...o.temperatures.flatMap((temperature) => curveStages(o, teacher, seed, measured.control, { temperature })),
    ...(o.order ? [...teacherInOrder(o, teacher, seed), ...guidedTeacher(o, teacher, seed)] : []),
    ...(o.controls ? curveStages(o, teacher, seed, o.cells, penalty) : []),
  ]);
  const samples = [`--samples=${o.samples ?? measured.levels}`];
  const levels: Stage = { program: "eval", args: ["reference", ...samples, ...shared(o)] };
  const baseline: Evaluated = { checkpoint: assetPath("ar"), weights: "raw", name: "ar" };
  return [...students, ...control, [levels, lastWordStage(o, teacher), lastWordStage(o, baseline)]];
}

export const defaultExperiment = defineCommand({
  name: "default",
  summary: "five rounds by three seeds, controls beside them, the order, and experiments/README.md",
  options,
  async run(given) {
    const { definition } = await loadSpec(definedIn, { size: "embedded" });
    const o = chosen(given, definition);
    if (!o.reportOnly) await runChains(stagesOf(o), o.workers);
    const store = openStore(storePath(o.root), { readonly: true });
    try {
      const isHere = o.out === join(repository, "experiments");
      const readme = isHere ? join(repository, "README.md") : undefined;
      process.stdout.write(`${writeReport(store, o.name, o.out, readme)}\n`);
    } finally {
      store.close();
    }
  },
});

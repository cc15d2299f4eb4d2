/**
 * @file `methods`: `methods.experiment.ts` in one store, with what a definition does not say, and docs/methods.md's table and picture.
 *
 * Beside the definition's samplers: those that need a datastore or a calibration made first, a student with another's first steps, and what
 * samples cost in time. The teacher's ancestral steps are taken from the default experiment's rows. Every stage is resumable and every cell
 * known to the store, so that running it again does what is missing; few steps come first, so that a part of it is of use already.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { userError } from "@sdtt/core/base";
import { defineCommand, rootFolder } from "@sdtt/core/cli";
import { openStore } from "@sdtt/core/store";
import { assetsFolder, storePath } from "@sdtt/core/workspace";
import { z } from "zod";
import { cellsOf } from "../cells/cells.js";
import type { FrozenStage } from "../cells/frozen.js";
import { flagsFor } from "../cells/kinds.js";
import { readKept } from "../claims/kept.js";
import { runChains, type Stage } from "../default/stages.js";
import { addTeacher, writeMethods } from "../methods/report.js";
import { repository } from "../programs.js";
import type { Definition } from "../spec/definition.js";
import { loadSpec } from "../spec/load.js";

const definedIn = join(import.meta.dirname, "../../methods.experiment.ts");
const itsOwn = "default: as methods.experiment.ts says";

export const options = z.object({
  seeds: z.array(z.int().nonnegative()).min(1).optional().describe(`seeds of the draws, as in 1,2,3; ${itsOwn}`),
  steps: z.array(z.int().positive()).min(1).optional().describe(`step counts of all curves, as in 4,8; ${itsOwn}`),
  samples: z.int().min(2).optional().describe(`samples of a cell; ${itsOwn}`),
  prepared: z
    .boolean()
    .default(true)
    .describe("samplers that need a datastore or a calibration too, and another's first steps"),
  keys: z.int().positive().default(16384).describe("states of the datastore"),
  times: z.boolean().default(true).describe("what samples cost in time"),
  repeats: z.int().min(2).default(3).describe("timed turns"),
  threads: z.int().positive().default(1).describe("threads of a process"),
  workers: z.int().positive().default(2).describe("processes at a time"),
  reportOnly: z.boolean().default(false).describe("write table and picture from what the store has"),
  root: z
    .string()
    .default(() => rootFolder("methods"))
    .describe("folder of the samples, the datastore and the store"),
  out: z
    .string()
    .default(repository)
    .describe("folder whose docs/ and experiments/ have the table, the picture and the rows"),
});

type Options = z.output<typeof options>;
type Given = Options & { readonly name: string; readonly seeds: readonly number[] };

const shared = ({ name, root, threads }: Given): string[] => [
  `--experiment=${name}`,
  `--threads=${threads}`,
  `--root=${root}`,
];

const few = 16;

/** Few steps apart from many. */
const parts = (steps: readonly number[]): number[][] =>
  [steps.filter((count) => count <= few), steps.filter((count) => count > few)].filter(({ length }) => length > 0);

interface Drawn {
  readonly checkpoint: string;
  readonly seed: number;
  readonly steps: readonly number[];
  readonly samples: number;
  /** How it is drawn, as flags. */
  readonly how: readonly string[];
}

function curveStages(o: Given, { checkpoint, seed, steps, samples, how }: Drawn): Stage[] {
  const subject = [`--checkpoint=${checkpoint}`, `--name=${basename(checkpoint)}`, "--teacher=none", "--corpus=none"];
  return parts(steps).map((counts): Stage => {
    const size = [`--steps=${counts.join(",")}`, `--samples=${samples}`, `--seed=${seed}`];
    return { program: "eval", args: ["curve", ...subject, ...how, ...size, ...shared(o)] };
  });
}

/** A cell of the definition. */
function cellStages(o: Given, { options: own, from }: FrozenStage): Stage[] {
  const checkpoint = (from as { readonly folder: string }).folder;
  const { seed, steps, samples, sampler, partner } = own as unknown as Drawn & { sampler: string; partner?: string };
  const how = flagsFor("curve", { sampler, partner });
  // A system with steps of its own keeps them.
  return curveStages(o, {
    checkpoint,
    seed,
    steps: steps.length > 1 ? (o.steps ?? steps) : steps,
    samples: o.samples ?? samples,
    how,
  });
}

const [teacher, student, first] = ["teacher", "round-5", "round-1"].map((name) => join(assetsFolder, name)) as [
  string,
  string,
  string,
];

const lambdas = [0.25, 0.05];

/** What needs something made first: in one chain, whose beginning makes it. */
function preparedStages(o: Given): Stage[] {
  const [datastore, calibrated] = [join(o.root, "datastores", `keys-${o.keys}`), join(o.root, "calibrated.json")];
  const kept = { samples: o.samples ?? 32, steps: o.steps ?? [4, 8, 16] };
  const made: Stage[] = [
    ...lambdas.map((lambda): Stage => {
      const how = [`--out=${datastore}`, `--keys=${o.keys}`, `--lambda=${lambda}`, "--samples=0"];
      return { program: "eval", args: ["datastore", ...how, ...shared(o)] };
    }),
    { program: "eval", args: ["calibrate", `--out=${calibrated}`, `--threads=${o.threads}`, `--root=${o.root}`] },
  ];
  const drawn = o.seeds.flatMap((seed) => [
    ...lambdas.flatMap((lambda) =>
      curveStages(o, {
        ...{ checkpoint: teacher, seed, ...kept },
        how: [`--sampler=knn:${lambda}`, `--datastore=${datastore}`],
      }),
    ),
    ...curveStages(o, { ...{ checkpoint: student, seed, ...kept }, how: [`--early=${first}`] }),
    ...curveStages(o, {
      ...{ checkpoint: teacher, seed, steps: [256], samples: o.samples ?? 16 },
      how: [`--sampler=threshold:calibrated=${calibrated}`],
    }),
  ]);
  return [...made, ...drawn];
}

/** Samplers of the definition by the model that they draw from. */
function samplersBy(stages: readonly FrozenStage[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { from, options: own } of stages) {
    const { folder } = from as { readonly folder: string };
    found.set(folder, (found.get(folder) ?? new Set()).add(own.sampler as string));
  }
  return found;
}

/** The teacher's own steps up to where the others' costs lie; samplers at the step counts of the table. */
function timeStages(o: Given, stages: readonly FrozenStage[]): Stage[] {
  const steps = o.steps ?? [...new Set(stages.flatMap(({ options: own }) => own.steps as number[]))];
  const timed = (checkpoint: string, samplers: readonly string[], counts: readonly number[]): Stage => {
    const subject = [
      `--checkpoint=${checkpoint}`,
      `--name=${basename(checkpoint)}`,
      `--samplers=${samplers.join(",")}`,
    ];
    const how = [`--steps=${counts.join(",")}`, `--repeats=${o.repeats}`];
    return { program: "eval", args: ["sampler-times", ...subject, ...how, ...shared(o)] };
  };
  const systems = [...samplersBy(stages)].map(([checkpoint, samplers]) => timed(checkpoint, [...samplers], steps));
  const datastore = join(o.root, "datastores", `keys-${o.keys}`);
  const knn = timed(
    teacher,
    lambdas.map((lambda) => `knn:${lambda}`),
    steps.filter((count) => count <= few),
  );
  const looking: Stage = { ...knn, args: [...knn.args, `--datastore=${datastore}`] };
  return [timed(teacher, ["ancestral"], [4, 8, 16, 32, 64, 128]), ...systems, ...(o.prepared ? [looking] : [])];
}

/** Chains of commands, each whole for itself: the definition's cells, few steps before many; what needs something first; times. */
export function chainsOf(o: Given, definition: Definition): Stage[][] {
  const { stages } = cellsOf(`spec ${definedIn}`, { ...definition, seeds: [...o.seeds] });
  const cells = stages.map((stage) => cellStages(o, stage));
  const [soon, late] = [cells.map(([one]) => (one ? [one] : [])), cells.map((all) => all.slice(1))];
  const prepared = o.prepared ? preparedStages(o) : [];
  return [...soon, [...prepared, ...(o.times ? timeStages(o, stages) : [])], ...late].filter(
    ({ length }) => length > 0,
  );
}

export const methods = defineCommand({
  name: "methods",
  summary:
    "the field's samplers side by side: all of methods.experiment.ts, what it needs made first, times, and docs/methods.md",
  options,
  async run(given) {
    const { definition } = await loadSpec(definedIn, { size: "embedded" });
    const o: Given = { ...given, name: definition.name, seeds: given.seeds ?? definition.seeds };
    const rows = join(o.out, "experiments");
    const path = join(repository, "experiments", "default.json");
    if (!existsSync(path)) {
      const rule = "the default experiment's rows must be there, which all is read against";
      throw userError("methods", rule, `none (${path})`, "Run it in a checkout of the project.");
    }
    const others = readKept(path);
    const store = openStore(storePath(o.root));
    try {
      addTeacher(store, others);
    } finally {
      store.close();
    }
    if (!o.reportOnly) await runChains(chainsOf(o, definition), o.workers);
    const found = openStore(storePath(o.root), { readonly: true });
    try {
      process.stdout.write(`${writeMethods(found, o.name, { docs: join(o.out, "docs"), rows, others })}\n`);
    } finally {
      found.close();
    }
  },
});

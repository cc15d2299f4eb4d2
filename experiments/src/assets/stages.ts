/** @file The commands that make the assets, in order: each goes on where it was, and does nothing when it is done. */
import { join } from "node:path";
import { reportedGuidance } from "@sdtt/core/sampler";
import { roundFolder } from "@sdtt/core/workspace";
import { coarseToFine } from "../default/order.js";
import type { Stage } from "../default/stages.js";
import type { Cells, Recipe } from "./recipes.js";

export interface Place {
  readonly root: string;
  /** Where the assets go. */
  readonly out: string;
  readonly source: string;
  readonly threads?: number | undefined;
}

/** Runs of their own; rounds are those of one. */
export const pretrained = ["ar", "teacher", "judge"] as const;
export type Pretrained = (typeof pretrained)[number];
export const studentsRun = "students";

const experiment = "embedded";

const shared = ({ root, threads }: Place): string[] => [
  `--experiment=${experiment}`,
  `--root=${root}`,
  ...(threads ? [`--threads=${threads}`] : []),
];

/** AR first: the teacher begins with its weights. */
export function pretrainStage(name: Pretrained, recipe: Recipe, place: Place): Stage {
  const architecture = name === "ar" ? ["--architecture=ar"] : [];
  const init = name === "teacher" ? [`--init=${roundFolder(place.root, "ar", 0)}`] : [];
  const shape = name === "judge" ? [] : recipe.shape;
  const own = [...architecture, ...init, ...shape, ...recipe[name], `--source=${place.source}`];
  return { program: "distill", args: ["pretrain", `--name=${name}`, ...own, ...shared(place)] };
}

/** The teacher of the rounds is the asset, not the run that it was packed from: students descend from what ships. */
export function roundStage(recipe: Recipe, place: Place, until: number): Stage {
  const run = [`--name=${studentsRun}`, `--until=${until}`, "--no-evaluate"];
  const teacher = [`--teacher=${join(place.out, "teacher")}`, `--source=${place.source}`];
  return { program: "distill", args: ["round", ...run, ...teacher, ...recipe.round, ...shared(place)] };
}

/** Where a round's student is, before it is packed. */
export const studentFolder = ({ root }: Place, round: number): string => roundFolder(root, studentsRun, round);

interface Curve {
  readonly cells: readonly Cells[];
  readonly seed: number;
  readonly temperature?: number;
  readonly sampler?: string;
}

/** A curve of an asset, a command for each of its groups of cells. */
function curveStages(asset: string, place: Place, { cells, seed, temperature = 1, sampler }: Curve): Stage[] {
  const subject = [`--checkpoint=${join(place.out, asset)}`, "--teacher=none", `--judge=${join(place.out, "judge")}`];
  const order = sampler ? [`--sampler=${sampler}`] : [];
  const drawn = [`--seed=${seed}`, `--temperature=${temperature}`, ...order, "--corpus=none", `--name=${asset}`];
  return cells.map(({ steps, samples }): Stage => {
    const size = [`--steps=${steps.join(",")}`, ...(samples ? [`--samples=${samples}`] : [])];
    return { program: "eval", args: ["curve", ...subject, ...size, ...drawn, ...shared(place)] };
  });
}

export const studentNames = ({ rounds }: Pick<Recipe, "rounds">): string[] =>
  Array.from({ length: rounds }, (_, i) => `round-${i + 1}`);

/** The teacher at a temperature, under one seed. */
export const controlStages = (recipe: Recipe, place: Place, seed: number, temperature: number): Stage[] =>
  curveStages("teacher", place, { cells: recipe.measured.control, seed, temperature });

/** AR and text, the teacher's curve under the first seed, the students': what a table of all needs. */
export function firstStages(recipe: Recipe, place: Place): Stage[] {
  const { teacher, students, seeds, levels } = recipe.measured;
  const [seed = 1] = seeds;
  const judged = [`--judge=${join(place.out, "judge")}`, `--corpus=${place.source}`, `--samples=${levels}`];
  const reference = ["reference", `--checkpoint=${join(place.out, "ar")}`, ...judged, ...shared(place)];
  return [
    { program: "eval", args: reference },
    ...curveStages("teacher", place, { cells: teacher, seed }),
    ...studentNames(recipe).flatMap((asset) => curveStages(asset, place, { cells: students, seed })),
  ];
}

/** Teacher and last student from coarse to fine, the teacher so and guided, and the temperature of it that has as much entropy. */
export function orderStages(recipe: Recipe, place: Place): Stage[] {
  const { students, above, seeds } = recipe.measured;
  const [seed = 1] = seeds;
  const drawn = ["teacher", ...studentNames(recipe).slice(-1)];
  return [
    ...controlStages(recipe, place, seed, above),
    ...drawn.flatMap((asset) => curveStages(asset, place, { cells: students, seed, sampler: coarseToFine })),
    ...curveStages("teacher", place, { cells: students, seed, ...reportedGuidance }),
  ];
}

/** Last words of all. */
export const wordStages = (recipe: Recipe, place: Place): Stage[] =>
  ["teacher", "ar", ...studentNames(recipe)].map((asset): Stage => {
    const own = [`--checkpoint=${join(place.out, asset)}`, `--name=${asset}`, `--corpus=${place.source}`];
    return { program: "eval", args: ["lambada", ...own, ...shared(place)] };
  });

/** The teacher under the other seeds, at the temperatures that the first needed. */
export function otherSeedStages(recipe: Recipe, place: Place, temperatures: readonly number[]): Stage[] {
  const { teacher, seeds } = recipe.measured;
  return seeds
    .slice(1)
    .flatMap((seed) => [
      ...curveStages("teacher", place, { cells: teacher, seed }),
      ...temperatures.flatMap((temperature) => controlStages(recipe, place, seed, temperature)),
    ]);
}

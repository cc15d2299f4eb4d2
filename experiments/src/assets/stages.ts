/** @file The commands that make the assets, in order: each goes on where it was, and does nothing when it is done. */
import { join } from "node:path";
import { roundFolder } from "@sdtt/distill/runs";
import type { Stage } from "../default/stages.js";
import type { Recipe } from "./recipes.js";

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

/** AR first: a teacher may begin with its weights. */
export function pretrainStage(name: Pretrained, recipe: Recipe, place: Place): Stage {
  const architecture = name === "ar" ? ["--architecture=ar"] : [];
  const own = [...architecture, ...recipe[name], ...recipe.text, `--source=${place.source}`];
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

function curveStages(asset: string, recipe: Recipe, place: Place, temperatures: readonly number[]): Stage[] {
  const { steps, samples, seeds } = recipe;
  const size = [`--steps=${steps.join(",")}`, ...(samples ? [`--samples=${samples}`] : [])];
  const subject = [`--checkpoint=${join(place.out, asset)}`, "--teacher=none", `--judge=${join(place.out, "judge")}`];
  return seeds.flatMap((seed) =>
    temperatures.map((temperature): Stage => {
      const drawn = [`--seed=${seed}`, `--temperature=${temperature}`, `--corpus=${place.source}`, `--name=${asset}`];
      return { program: "eval", args: ["curve", ...subject, ...size, ...drawn, ...shared(place)] };
    }),
  );
}

/** What is measured of the assets: curves of teacher and students, the teacher's temperatures, AR and text. */
export function measureStages(recipe: Recipe, place: Place): Stage[] {
  const rounds = Array.from({ length: recipe.rounds }, (_, i) => `round-${i + 1}`);
  const judged = [`--judge=${join(place.out, "judge")}`, `--corpus=${place.source}`, `--samples=${recipe.levels}`];
  const levels = ["reference", `--checkpoint=${join(place.out, "ar")}`, ...judged, ...shared(place)];
  const words = ["teacher", "ar", ...rounds].map((asset): Stage => {
    const own = [`--checkpoint=${join(place.out, asset)}`, `--name=${asset}`, `--corpus=${place.source}`];
    return { program: "eval", args: ["lambada", ...own, ...shared(place)] };
  });
  return [
    { program: "eval", args: levels },
    ...curveStages("teacher", recipe, place, [1, ...recipe.temperatures]),
    ...rounds.flatMap((asset) => curveStages(asset, recipe, place, [1])),
    ...words,
  ];
}

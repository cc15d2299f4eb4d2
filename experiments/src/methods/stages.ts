/**
 * @file The stages that draw the field's table: the definition's cells, what needs a datastore or a calibration made first, and times; of all
 * of them, what is not known yet.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { isDatastore } from "@sdtt/core/sampler";
import { assetsFolder } from "@sdtt/core/workspace";
import { cellsOf } from "../cells/cells.js";
import type { FrozenStage } from "../cells/frozen.js";
import { flagsFor } from "../cells/kinds.js";
import type { Definition } from "../spec/definition.js";
import { calibrationIn } from "./calibration.js";
import { type Draw, type Known, nothingKnown, type Way } from "./known.js";
import type { CountedStage, Part } from "./lacking.js";

export interface Asked {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly steps?: readonly number[] | undefined;
  readonly samples?: number | undefined;
  readonly prepared: boolean;
  readonly keys: number;
  readonly times: boolean;
  readonly repeats: number;
  readonly threads: number;
  readonly root: string;
}

const shared = ({ name, root, threads }: Asked): string[] => [
  `--experiment=${name}`,
  `--threads=${threads}`,
  `--root=${root}`,
];

const few = (steps: number): boolean => steps <= 16;
const many = (steps: number): boolean => !few(steps);

const [teacher, student, first] = ["teacher", "round-5", "round-1"].map((name) => join(assetsFolder, name)) as [
  string,
  string,
  string,
];

const subjectFlags = (checkpoint: string): string[] => [`--checkpoint=${checkpoint}`, `--name=${basename(checkpoint)}`];

/** "energy:2 of the teacher, 4 steps" */
function saidOf({ checkpoint, sampler, early, steps }: Way): string {
  const shown = sampler.replace(/=.*/s, "");
  return `${shown}${early ? `, first half by ${basename(early)}` : ""} of ${basename(checkpoint)}, ${steps} steps`;
}

interface Drawn extends Omit<Draw, "steps"> {
  readonly steps: readonly number[];
  /** How it is drawn beyond its sampler, as flags. */
  readonly how?: readonly string[];
}

/** One command for all step counts that are not known; none where all are. */
function curveStages(o: Asked, known: Known, { steps, how = [], ...draw }: Drawn): CountedStage[] {
  const lacking = steps.map((count) => ({ ...draw, steps: count })).filter((one) => !known.isDrawn(one));
  if (lacking.length === 0) return [];
  const { checkpoint, sampler, early, seed, samples } = draw;
  const drawn = sampler === "ancestral" ? [] : [`--sampler=${sampler}`];
  const args = [
    ...["curve", ...subjectFlags(checkpoint), "--teacher=none", "--corpus=none", ...drawn, ...how],
    ...(early === undefined ? [] : [`--early=${early}`]),
    ...[`--steps=${lacking.map((one) => one.steps).join(",")}`, `--samples=${samples}`, `--seed=${seed}`, ...shared(o)],
  ];
  const partOf = (one: Way): Part => {
    const units = known.timeOf(one);
    return { what: saidOf(one), units: units && units * samples };
  };
  return [{ program: "eval", args, parts: lacking.map(partOf) }];
}

/** A cell of the definition, at those of its step counts. */
function cellStages(o: Asked, known: Known, { options: own, from }: FrozenStage, isAsked: (steps: number) => boolean) {
  const { folder: checkpoint } = from as { readonly folder: string };
  const { seed, samples, steps, sampler, partner } = own as unknown as Drawn & { partner?: string };
  return curveStages(o, known, {
    ...{ checkpoint, sampler, seed, samples: o.samples ?? samples },
    steps: stepsOf(o, steps).filter(isAsked),
    how: flagsFor("curve", { partner }),
  });
}

/** A system with steps of its own keeps them. */
const stepsOf = (o: Asked, own: readonly number[]): readonly number[] => (own.length > 1 ? (o.steps ?? own) : own);

const lambdas = [0.25, 0.05];
/** As many as tokens: what is surer than the threshold ends a sample before. */
const thresholdSteps = 256;

/** Times of ways that have none yet: one command for those of the same model that lack the same step counts. */
function timeStages(
  o: Asked,
  known: Known,
  ways: readonly Omit<Way, "steps">[],
  steps: (way: Omit<Way, "steps">) => readonly number[],
  how: readonly string[] = [],
): CountedStage[] {
  const groups = new Map<string, { counts: number[]; of: Omit<Way, "steps">[] }>();
  for (const way of ways) {
    const counts = steps(way).filter((count) => !known.isTimed({ ...way, steps: count }));
    if (counts.length === 0) continue;
    const key = [way.checkpoint, way.early, ...counts].join();
    const { of } = groups.get(key) ?? { of: [] };
    groups.set(key, { counts, of: [...of, way] });
  }
  return [...groups.values()].map(({ counts, of }): CountedStage => {
    const { checkpoint, early } = of[0] as Way;
    const args = [
      ...["sampler-times", ...subjectFlags(checkpoint), `--samplers=${of.map(({ sampler }) => sampler).join(",")}`],
      ...(early === undefined ? [] : [`--early=${early}`]),
      ...[`--steps=${counts.join(",")}`, `--repeats=${o.repeats}`, ...how, ...shared(o)],
    ];
    const partsOf = (way: Omit<Way, "steps">) =>
      counts.map((count): Part => {
        const units = known.timeOf({ ...way, steps: count });
        return { what: "times", units: units && units * timedAtOnce * (o.repeats + 1) };
      });
    return { program: "eval", args, parts: of.flatMap(partsOf) };
  });
}

/** Sequences at once of `sampler-times`. */
const timedAtOnce = 4;

/** Makes the datastore where something asks for it, and measures the bound beside it. */
function datastoreStages(o: Asked, known: Known, out: string, isAskedFor: boolean): CountedStage[] {
  const lacking = lambdas.filter((lambda) => !known.isBounded(teacher, `knn:${lambda}`));
  const made = isAskedFor && lacking.length === 0 ? lambdas.slice(-1) : lacking;
  // One that is there, of this checkpoint and text, is taken as it is.
  const parts: Part[] = isDatastore(out) ? [] : [{ what: "datastore", units: undefined }];
  return made.map((lambda) => {
    const how = [`--out=${out}`, `--keys=${o.keys}`, `--lambda=${lambda}`, "--samples=0"];
    return {
      program: "eval",
      args: ["datastore", ...how, ...shared(o)],
      parts,
    };
  });
}

/** A few candidates: the first that takes much fewer evaluations than tokens is too bold for this teacher. */
const candidates = [0.9, 0.2, 0.1];
const [prompts, promptTokens, length] = [128, 16, 128];
const calibrating = [
  ...[`--prompts=${prompts}`, `--prompt-tokens=${promptTokens}`, `--length=${length}`],
  `--thresholds=${candidates.join(",")}`,
];

function calibrationStages(o: Asked, path: string, isAskedFor: boolean): CountedStage[] {
  if (!isAskedFor || existsSync(path)) return [];
  const args = ["calibrate", ...calibrating, `--out=${path}`, `--threads=${o.threads}`, `--root=${o.root}`];
  // A step a token of half a row, for one token at a time and at most for each candidate.
  const units = (prompts * (length - promptTokens) * (1 + candidates.length)) / 2;
  return [{ program: "eval", args, parts: [{ what: "calibration, at most", units }] }];
}

/** What needs something made first: in one chain, whose beginning makes it. */
function preparedStages(o: Asked, known: Known, steps: readonly number[]): CountedStage[] {
  const [datastore, calibrated] = [join(o.root, "datastores", `keys-${o.keys}`), calibrationIn(o.root)];
  const looking = [`--datastore=${datastore}`];
  const threshold = { checkpoint: teacher, sampler: `threshold:calibrated=${calibrated}` };
  const knn = lambdas.map((lambda) => ({ checkpoint: teacher, sampler: `knn:${lambda}` }));
  const staged = { checkpoint: student, sampler: "ancestral", early: first };
  const samples = o.samples ?? 32;
  const drawnAlike = (way: Omit<Way, "steps">, how: readonly string[] = []) =>
    o.seeds.flatMap((seed) => curveStages(o, known, { ...way, seed, steps, samples, how }));
  const neighbours = [
    ...knn.flatMap((way) => drawnAlike(way, looking)),
    ...(o.times ? timeStages(o, known, knn, () => steps, looking) : []),
  ];
  const calibratedStages = [
    ...o.seeds.flatMap((seed) =>
      curveStages(o, known, { ...threshold, seed, steps: [thresholdSteps], samples: o.samples ?? 16 }),
    ),
    ...(o.times ? timeStages(o, known, [threshold], () => [thresholdSteps]) : []),
  ];
  return [
    ...drawnAlike(staged),
    ...(o.times ? timeStages(o, known, [staged], () => steps) : []),
    ...calibrationStages(o, calibrated, calibratedStages.length > 0),
    ...calibratedStages,
    ...datastoreStages(o, known, datastore, neighbours.length > 0),
    ...neighbours,
  ];
}

/** The teacher's own steps up to where the others' costs lie; samplers at the step counts of the table. */
function allTimes(o: Asked, known: Known, stages: readonly FrozenStage[]): CountedStage[] {
  const own = { checkpoint: teacher, sampler: "ancestral" };
  const counts = new Map<string, readonly number[]>();
  const ways = stages.map(({ from, options }) => {
    const { folder: checkpoint } = from as { readonly folder: string };
    const { sampler, steps } = options as unknown as Drawn;
    counts.set(`${checkpoint} ${sampler}`, stepsOf(o, steps));
    return { checkpoint, sampler };
  });
  const once = [...new Map(ways.map((way) => [`${way.checkpoint} ${way.sampler}`, way])).values()];
  const steps = ({ checkpoint, sampler }: Omit<Way, "steps">) => counts.get(`${checkpoint} ${sampler}`) ?? [];
  return [...timeStages(o, known, [own], () => [4, 8, 16, 32, 64, 128]), ...timeStages(o, known, once, steps)];
}

/** Chains of commands, each whole for itself: the definition's cells, few steps before many; what needs something first; times. */
export function chainsOf(o: Asked, definition: Definition, known: Known = nothingKnown): CountedStage[][] {
  const { stages } = cellsOf("experiments:methods", { ...definition, seeds: [...o.seeds] });
  const drawn = (isAsked: (steps: number) => boolean) => stages.map((stage) => cellStages(o, known, stage, isAsked));
  const most = stages.map(({ options }) => options.steps as number[]).reduce((a, b) => (b.length > a.length ? b : a));
  const prepared = o.prepared ? preparedStages(o, known, o.steps ?? most) : [];
  const times = o.times ? allTimes(o, known, stages) : [];
  return [...drawn(few), [...prepared, ...times], ...drawn(many)].filter(({ length }) => length > 0);
}

/**
 * @file What the rows that are there know of a cell of the field's table: whether it was drawn, whether it was timed, and what a sample of it
 * takes.
 */
import { existsSync } from "node:fs";
import { calibratedSampler, parseSampler } from "@sdtt/core/sampler";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";
import { type Checkpoint, openCheckpoint } from "@sdtt/eval/record";
import { scheduleText } from "@sdtt/eval/samples";

/** Which samples: of what, drawn how. */
export interface Way {
  /** Folder. */
  readonly checkpoint: string;
  /** As --sampler takes it. */
  readonly sampler: string;
  /** Folder of the student that takes the first half of the steps. */
  readonly early?: string | undefined;
  readonly steps: number;
}

export interface Draw extends Way {
  readonly seed: number;
  readonly samples: number;
}

export interface Known {
  /** Whether at least as many samples were drawn and judged under the seed. */
  isDrawn(draw: Draw): boolean;
  isTimed(way: Way): boolean;
  /** Whether the held-out bound beside a datastore was measured. */
  isBounded(checkpoint: string, sampler: string): boolean;
  /** Time of a sample in ancestral steps, from the nearest step counts that were timed, else of the sampler with other parameters. */
  timeOf(way: Way): number | undefined;
}

/** Of no rows at all. */
export const nothingKnown: Known = {
  isDrawn: () => false,
  isTimed: () => false,
  isBounded: () => false,
  timeOf: () => undefined,
};

/** "energy:2:1:1" of "energy:2:1:1, with 1a2b…": whom it asks and where it looks is the command's default. */
function drawnBy({ sampler }: EvaluationRecord): string {
  return (sampler ?? "ancestral")
    .split(", ")
    .filter((part) => !/^(with|from) /.test(part))
    .join(", ");
}

const calibratedBy = "threshold:calibrated=";

/** The sampler as rows call it; undefined where its calibration is yet to be made. */
function writtenOf(sampler: string): string | undefined {
  if (sampler.startsWith(calibratedBy) && !existsSync(sampler.slice(calibratedBy.length))) return undefined;
  return parseSampler(calibratedSampler(sampler)).written;
}

/** The line through the two step counts that are nearest; through one, in proportion. Undefined of none. */
function timeAt(steps: number, timed: readonly EvaluationRecord[]) {
  const once = new Map(timed.map((row) => [row.steps as number, row.value]));
  const far = (count: number) => Math.abs(Math.log(count / steps));
  const [near, next] = [...once].sort(([a], [b]) => far(a) - far(b));
  if (!near) return undefined;
  if (!next) return (near[1] * steps) / near[0];
  const slope = (next[1] - near[1]) / (next[0] - near[0]);
  return near[1] + slope * (steps - near[0]);
}

/** The rows of an experiment, its teachers' and its checkpoints' among them. */
export function knownIn(store: StoreReader, experiment: string): Known {
  const rows = store.evaluations({ experiment, sampler: "any" }).filter(({ temperature }) => temperature === 1);
  const opened = new Map<string, Checkpoint>();
  const checkpointIn = (folder: string): Checkpoint => {
    const found = opened.get(folder) ?? openCheckpoint(folder);
    opened.set(folder, found);
    return found;
  };
  /** Rows of a figure that were drawn in this way, at any step count. */
  const rowsOf = (metric: string, { checkpoint, sampler, early }: Omit<Way, "steps">) => {
    const written = writtenOf(sampler);
    if (written === undefined) return [];
    const first = early === undefined ? [] : [scheduleText({ early: { checkpoint: checkpointIn(early), share: 0.5 } })];
    const name = [written, ...first].join(", ");
    const subject = checkpointIn(checkpoint).hash;
    return rows.filter((row) => row.metric === metric && row.subjectHash === subject && drawnBy(row) === name);
  };
  /** Times of the sampler with other parameters: `knn:0.05` takes what `knn:0.25` takes. */
  const namedAlike = ({ checkpoint, sampler, early }: Omit<Way, "steps">) => {
    const [name] = sampler.split(":");
    const subject = checkpointIn(checkpoint).hash;
    const isAlike = (row: EvaluationRecord) => row.metric === "relative-time" && row.subjectHash === subject;
    return early ? [] : rows.filter((row) => isAlike(row) && drawnBy(row).split(":")[0] === name);
  };
  return {
    isDrawn: ({ steps, seed, samples, ...way }) =>
      rowsOf("gen-ppl", way).some((row) => row.steps === steps && row.seed === seed && row.n >= samples),
    isTimed: ({ steps, ...way }) => rowsOf("relative-time", way).some((row) => row.steps === steps),
    isBounded: (checkpoint, sampler) => rowsOf("held-out-bound", { checkpoint, sampler }).length > 0,
    timeOf({ steps, ...way }) {
      const own = rowsOf("relative-time", way);
      return timeAt(steps, own.length > 0 ? own : namedAlike(way));
    },
  };
}

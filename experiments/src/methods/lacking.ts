/**
 * @file What of the field's table is lacking, and how long it takes: said before anything is drawn.
 */
import { duration } from "@sdtt/core/base";
import { alignTable } from "@sdtt/core/cli";
import type { Stage } from "../default/stages.js";

/** A part of a stage that is counted by itself. */
export interface Part {
  /** As in "energy:2 of the teacher, 4 steps". */
  readonly what: string;
  /** Time in ancestral steps of a sample; undefined where nothing like it was timed. */
  readonly units: number | undefined;
}

export interface CountedStage extends Stage {
  readonly parts: readonly Part[];
}

interface Counted {
  readonly what: string;
  readonly cells: number;
  readonly units: number;
  /** How many of them have no time. */
  readonly unknown: number;
}

function countedOf(parts: readonly Part[]): Counted[] {
  const found = new Map<string, Counted>();
  for (const { what, units } of parts) {
    const so = found.get(what) ?? { what, cells: 0, units: 0, unknown: 0 };
    const unknown = so.unknown + (units === undefined ? 1 : 0);
    found.set(what, { what, cells: so.cells + 1, units: so.units + (units ?? 0), unknown });
  }
  return [...found.values()];
}

/**
 * A line for each system and number of steps that is lacking, and the time of all.
 *
 * @param unitMs processor time of an ancestral step of a sample
 * @param workers processes at a time
 */
export function lackingText(stages: readonly CountedStage[], unitMs: number, workers: number): string {
  const counted = countedOf(stages.flatMap(({ parts }) => parts));
  if (counted.length === 0) return "nothing is lacking\n";
  const timeOf = (units: number) => duration(units * unitMs);
  const rows = counted.map(({ what, cells, units, unknown }) => {
    return [what, String(cells), unknown === cells ? "not known" : `${timeOf(units)}${unknown > 0 ? " and more" : ""}`];
  });
  const all = counted.reduce((sum, { units }) => sum + units, 0);
  const unknown = counted.some((one) => one.unknown > 0) ? ", and what is not known" : "";
  return `${alignTable([["lacking", "cells", "time of one core"], ...rows])}
all: ${timeOf(all)} of a core that has nothing else to do${unknown}; ${workers} at a time (an ancestral step of a sample: ${unitMs.toPrecision(3)} ms)
`;
}

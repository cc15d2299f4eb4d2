/**
 * @file What a sample costs in time, as a number that another machine has too: the processor's time for it, of all networks and draws, in units of
 * one of the teacher's ancestral steps, taken in turn in one process.
 *
 * Milliseconds on a wall are of a machine and of what else it did; a quotient of processor times of one turn is of the programs.
 */
import type { FigureDeclaration } from "../contract.js";

export const relativeTimeFigure: FigureDeclaration = {
  name: "relative-time",
  version: 1,
  what: "processor time of a sample, of all networks and draws, over that of one of its teacher's ancestral steps, in turn in one process",
  unit: "ancestral steps",
  scale: "log",
  better: "lower",
  errorOver: "runs",
};

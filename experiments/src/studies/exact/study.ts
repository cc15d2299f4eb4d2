/**
 * @file The study: K-step laws of the exact teacher and of every round's exact student, against the joint law.
 */
import { type KlName, klNames } from "@sdtt/distill/method";
import { exactRounds } from "./distil.js";
import type { Joint } from "./joints.js";
import { crossEntropy, entropy, sharpenedTo, totalVariation } from "./measures.js";
import { stepLaws } from "./steps.js";
import { exactTeacher } from "./table.js";

/** One model's law of K steps. */
export interface Cell {
  readonly numSteps: number;
  /** Total variation from the joint law. */
  readonly distance: number;
  /** nats a sequence */
  readonly entropy: number;
  /** −Σ law · ln joint, nats a sequence: the exact judge's verdict. */
  readonly crossEntropy: number;
}

export interface Row {
  readonly divergence: KlName | "teacher";
  readonly round: number;
  readonly cells: readonly Cell[];
}

/** A student at the step count that its round aims at, and the teacher there, sharpened to the same entropy. */
export interface Control {
  readonly round: number;
  readonly student: Cell;
  readonly teacher: Cell;
  readonly sharpened: Cell;
  readonly temperature: number;
}

export interface Study {
  readonly joint: Joint;
  readonly entropy: number;
  readonly rows: readonly Row[];
  readonly controls: readonly Control[];
}

export interface StudyOptions {
  readonly initialSteps: number;
  readonly rounds: number;
  readonly counts: readonly number[];
}

function cellOf(joint: Joint, numSteps: number, law: readonly number[]): Cell {
  const p = joint.probabilities;
  const distance = totalVariation(law, p);
  return { numSteps, distance, entropy: entropy(law), crossEntropy: crossEntropy(law, p) };
}

export function studyOf(joint: Joint, { initialSteps, rounds, counts }: StudyOptions): Study {
  const teacher = exactTeacher(joint);
  const cells = (table: typeof teacher, steps: readonly number[]) =>
    stepLaws(table, steps).map((law, i) => cellOf(joint, steps[i] as number, law));
  const students = klNames.flatMap((divergence) =>
    exactRounds(teacher, initialSteps, rounds, divergence)
      .slice(1)
      .map((table, i) => ({ divergence, round: i + 1, table })),
  );
  const controls = students
    .filter(({ divergence }) => divergence === "reverse-kl")
    .map(({ round, table }): Control => {
      const numSteps = Math.max(1, Math.round(initialSteps / 2 ** round));
      const [student, plain] = [table, teacher].map((model) => cells(model, [numSteps])[0] as Cell) as [Cell, Cell];
      const { temperature, law } = sharpenedTo(student.entropy, teacher, numSteps);
      return { round, student, teacher: plain, sharpened: cellOf(joint, numSteps, law), temperature };
    });
  const rows = students.map(({ divergence, round, table }) => ({ divergence, round, cells: cells(table, counts) }));
  const teacherRow: Row = { divergence: "teacher", round: 0, cells: cells(teacher, counts) };
  return { joint, entropy: entropy(joint.probabilities), rows: [teacherRow, ...rows], controls };
}

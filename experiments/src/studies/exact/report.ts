/** @file A study as Markdown tables. */
import { markdownRows } from "@sdtt/core/cli";
import type { Cell, Row, Study } from "./study.js";

const nameOf = ({ divergence, round }: Row) => (divergence === "teacher" ? "teacher" : `${divergence}, round ${round}`);

function byCount(study: Study, show: (cell: Cell) => string): string {
  const counts = study.rows[0]?.cells.map(({ numSteps }) => `K = ${numSteps}`) ?? [];
  return markdownRows([["", ...counts], ...study.rows.map((row) => [nameOf(row), ...row.cells.map(show)])]);
}

function controlTable({ controls }: Study): string {
  const show = ({ distance, crossEntropy }: Cell) => `${distance.toFixed(3)} · ${crossEntropy.toFixed(3)}`;
  const head = ["reverse-kl, round", "K", "entropy", "student", "teacher", "teacher at that entropy", "τ"];
  const rows = controls.map(({ round, student, teacher, sharpened, temperature }) => [
    ...[`${round}`, `${student.numSteps}`, student.entropy.toFixed(3)],
    ...[show(student), show(teacher), show(sharpened), temperature.toFixed(2)],
  ]);
  return markdownRows([head, ...rows]);
}

/** Three tables: distance by step count, cross-entropy and entropy by step count, and the control by temperature. */
export function reportOf(study: Study): string {
  const { joint } = study;
  return [
    `### ${joint.name}: ${joint.what} (entropy ${study.entropy.toFixed(3)} nats)`,
    "Total variation between the K-step law and the joint law:",
    byCount(study, ({ distance }) => distance.toFixed(4)),
    "Cross-entropy to the joint law / entropy of the K-step law, nats a sequence:",
    byCount(study, (cell) => `${cell.crossEntropy.toFixed(2)} / ${cell.entropy.toFixed(2)}`),
    "Each student at the step count that its round aims at, total variation · cross-entropy:",
    controlTable(study),
  ].join("\n\n");
}

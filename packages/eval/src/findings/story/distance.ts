/**
 * @file What is said of a student without any judge: how far its tokens lie from the training text, beside its teacher's and text's own.
 *
 * gen-PPL at equal entropy can be had by tokens in shares that no text has (docs/evaluation.md); this is what tells it.
 */
import { formatWithError } from "@sdtt/core/statistics";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";
import { figureNamed } from "../../metrics/registry.js";
import type { Line } from "./lines.js";

type Reader = Pick<StoreReader, "evaluations">;

const metric = figureNamed("energy-distance-1").name;

/** Of a line at one step count, or of what takes no steps: that of the most samples. */
function rowOf(store: Reader, { cells }: Line, steps: number): EvaluationRecord | undefined {
  const [of] = cells.get(steps) ?? cells.get(null) ?? [];
  if (!of) return undefined;
  return store
    .evaluations({ subjectHash: of.subjectHash, metric, temperature: 1, control: "any" })
    .filter((row) => row.metric === metric && row.steps === of.steps && row.seed === of.seed)
    .reduce<EvaluationRecord | undefined>((most, row) => (row.n > (most?.n ?? 0) ? row : most), undefined);
}

/** "31.5 ± 0.8" thousandths */
const thousandths = ({ value, stderr }: EvaluationRecord): string =>
  formatWithError({ value: 1000 * value, stderr: 1000 * (stderr ?? Number.NaN) });

/** Nothing where the student's own is not known, or nothing to hold it against. */
export function distanceSentence(store: Reader, lines: readonly Line[], steps: number): string[] {
  const said = (line: Line | undefined, who: string): string[] => {
    const row = line && rowOf(store, line, steps);
    return row ? [`${who} ${thousandths(row)}`] : [];
  };
  const shipped = lines.findLast(({ kind }) => kind === "shipped");
  const [own] = said(
    lines.find(({ kind }) => kind === "student"),
    "",
  );
  const others = [
    ...said(
      lines.find(({ kind }) => kind === "teacher"),
      "its teacher's",
    ),
    ...said(shipped, `those of ${shipped?.label.split(",")[0]}`),
    ...said(
      lines.find(({ label }) => label === "real text"),
      "held-out text's own",
    ),
  ];
  if (!own || others.length === 0) return [];
  return [
    `Without a judge: its tokens lie${own} thousandths from the training text, ${others.join(", ")} (energy distance).`,
  ];
}

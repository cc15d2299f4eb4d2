/**
 * @file What a round did, in words: against a teacher of its entropy at the same steps, which alone is a verdict; what gen-PPL
 * alone says beside it; and how many steps the teacher needs for the same text.
 *
 * It is said of one step count that is fixed beforehand (32 tokens at once), not of the one where it looks best.
 */
import { reportedGuidance } from "@sdtt/core/sampler";
import { formatNumber, formatStepsNeeded, type Interval, stepsNeeded } from "@sdtt/core/statistics";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";
import {
  besideTeacher,
  type Frontiers,
  frontiersFor,
  hasTemperatures,
  matchedGain,
  ratioText,
} from "../teacherSteps.js";
import { distanceSentence } from "./distance.js";
import { figureOf, type Line } from "./lines.js";

type Row = EvaluationRecord;
type Reader = Pick<StoreReader, "evaluations">;

/** Tokens at once in the paper's claim. */
const tokensAtOnce = 32;

/** Of the step counts those of 32 tokens at once, else the fewest that are more, else the most. */
export function headlineSteps(steps: readonly number[], length: number): number | undefined {
  const wanted = length / tokensAtOnce;
  const ascending = [...steps].sort((a, b) => a - b);
  return ascending.find((count) => count >= wanted) ?? ascending.at(-1);
}

/** The teacher's temperatures under the student's draws, else under others of which there are some. */
function temperaturesFor(store: Reader, row: Row, teacherHash: string) {
  const own = frontiersFor(store, row, teacherHash);
  if (hasTemperatures(own)) return { frontiers: own, seed: row.seed };
  const all = store.evaluations({ subjectHash: teacherHash, definition: row.definition, control: "any" });
  for (const seed of [...new Set(all.map((one) => one.seed))].sort((a, b) => a - b)) {
    const frontiers = frontiersFor(store, { ...row, seed }, teacherHash);
    if (hasTemperatures(frontiers)) return { frontiers, seed };
  }
  return { frontiers: own, seed: row.seed };
}

/** A line beside its teacher at one step count. */
export interface Compared {
  readonly steps: number;
  readonly ratio: Interval;
  readonly gain: Interval | "outside" | "unknown";
  /** Steps that the teacher needs at the line's entropy, as `formatStepsNeeded` says them. */
  readonly needed: string | undefined;
}

/** Teacher ÷ student; samples are taken as independent. */
function ratioOf(student: readonly Row[], teacher: readonly Row[]): Interval {
  const [own, other] = [figureOf(student), figureOf(teacher)];
  const ln = Math.log(other.genPpl / own.genPpl);
  const reach = 1.96 * Math.hypot(own.lnStderr, other.lnStderr);
  return { mean: Math.exp(ln), low: Math.exp(ln - reach), high: Math.exp(ln + reach), n: student.length };
}

export function compared(
  store: Reader,
  line: Line,
  teacher: Line,
  teacherHash: string,
  steps: number,
): Compared | undefined {
  const [rows, theirs] = [line.cells.get(steps), teacher.cells.get(steps)];
  if (!rows || !theirs) return undefined;
  const ratio = ratioOf(rows, theirs);
  const found = rows.map((row) => ({ row, ...temperaturesFor(store, row, teacherHash) }));
  const isThere = ({ points }: Frontiers) => (points.get(steps)?.length ?? 0) > 1;
  if (!found.every(({ row, frontiers }) => isThere(frontiers) && row.entropy !== null)) {
    return { steps, ratio, gain: "unknown", needed: undefined };
  }
  const seeds = found.map(({ row, frontiers, seed }) => besideTeacher(row, frontiers, seed));
  return { steps, ratio, gain: matchedGain(seeds, steps), needed: neededText(seeds) };
}

/** Undefined where nothing is known: no entropy in common, or an interval that is open at both ends. */
function neededText(seeds: Parameters<typeof stepsNeeded>[0]): string | undefined {
  const needed = stepsNeeded(seeds);
  if ("outside" in needed) return undefined;
  const { low, high } = needed.steps;
  return low === 0 && high === Number.POSITIVE_INFINITY ? undefined : formatStepsNeeded(needed);
}

const plain = (count: number): string => (Number.isInteger(count) ? String(count) : formatNumber(count));
const counted = (steps: number): string => (steps === 1 ? "1 step" : `${steps} steps`);

type Figure = ReturnType<typeof figureOf>;

function entropyApart(own: Figure, theirs: Figure): string {
  const less = theirs.entropy - own.entropy;
  return `${Math.abs(less).toFixed(2)} nats ${less < 0 ? "more" : "less"} entropy`;
}

/** Of the comparison at one entropy, which alone makes a student better or worse; undefined where there is none. */
function gainSentence(who: string, gain: Compared["gain"]): string | undefined {
  if (gain === "unknown" || gain === "outside") return undefined;
  const found = ratioText(gain);
  if (gain.low > 1) return `${who} writes ${found} times better than its teacher at the same entropy`;
  if (gain.high < 1) return `${who} writes worse than its teacher at the same entropy (${found} times as well)`;
  return `${who} cannot be told from its teacher at the same entropy (${found} times better)`;
}

/** "gen-PPL 69.7 for its teacher's 86.9, a ratio of 1.25 [1.18, 1.31], at 0.07 nats less entropy" */
function rawText({ ratio }: Compared, own: Figure, theirs: Figure): string {
  const figures = `gen-PPL ${formatNumber(own.genPpl)} for its teacher's ${formatNumber(theirs.genPpl)}`;
  return `${figures}, a ratio of ${ratioText(ratio)}, at ${entropyApart(own, theirs)}`;
}

/** What can be said of the difference first, then what gen-PPL alone says, which is no verdict. */
function ownSentences(place: string, own: Compared, figures: readonly [Figure, Figure], hint: string): string[] {
  const raw = rawText(own, ...figures);
  const verdict = gainSentence("this student", own.gain);
  if (verdict) return [`${place} ${verdict}.`, `By itself it has ${raw}: a lower temperature lowers gen-PPL too.`];
  const why =
    own.gain === "outside"
      ? `It is sharper than any temperature of its teacher that was measured: how much of it is sharpening is not known (${hint}).`
      : `How much of a difference is sharpening is not known yet: ${hint}.`;
  return [`${place} this student has ${raw}.`, why];
}

/** "round 5, which ships, writes with 8 steps what its teacher needs 31.0 [25.0, 44.0] steps for" */
const neededSentence = (who: string, { steps, needed }: Compared): string[] =>
  needed
    ? [`At the same entropy, ${who} writes with ${counted(steps)} what its teacher needs ${needed} steps for.`]
    : [];

/** What the order of reveals alone gives; of the teacher, and of the student that ships last. */
function orderSentence(found: readonly { readonly line: Line; readonly own: Compared | undefined }[]): string[] {
  const said = found.flatMap(({ line, own }) => {
    const who = line.label.split(",")[0];
    return own?.needed ? [{ who: who === "teacher" ? "the teacher" : who, ...own }] : [];
  });
  const [first, ...more] = said;
  if (!first) return [];
  const others = more.map(({ who, needed }) => `, and ${who} what its teacher's needs ${needed} for`).join("");
  const how = "At the same entropy and without training, revealing from coarse to fine (--sampler=spaced),";
  return [
    `${how} ${first.who} writes with ${counted(first.steps)} what its usual order needs ${first.needed} steps for${others}.`,
  ];
}

/** "gen-PPL 25.7 at entropy 4.47" */
const figureText = ({ genPpl, entropy }: Figure): string =>
  `gen-PPL ${formatNumber(genPpl)} at entropy ${formatNumber(entropy)}`;

/** What guidance gives besides, beside the AR baseline. */
function guidedSentence(lines: readonly Line[], steps: number): string[] {
  const figure = (line: Line | undefined, of: number | null) => {
    const rows = line?.cells.get(of);
    return rows ? figureText(figureOf(rows)) : undefined;
  };
  const own = figure(
    lines.find(({ kind }) => kind === "guided"),
    steps,
  );
  const baseline = figure(
    lines.find(({ label }) => label === "AR baseline"),
    null,
  );
  if (!own || !baseline) return [];
  const { sampler, temperature } = reportedGuidance;
  const how = `guided besides (--sampler=${sampler} --temperature=${temperature})`;
  return [`And ${how}, with ${counted(steps)} the teacher has ${own}, where the AR baseline has ${baseline}.`];
}

/** The fewest steps with which a line has the gen-PPL of the teacher's most, whatever its entropy. */
function unmatchedSentence(who: string, line: Line, teacher: Line): string[] {
  const countsOf = ({ cells }: Line) => [...cells.keys()].filter((steps) => steps !== null).sort((a, b) => a - b);
  const most = countsOf(teacher).at(-1);
  if (most === undefined) return [];
  const theirs = figureOf(teacher.cells.get(most) as Row[]);
  const at = (steps: number) => figureOf(line.cells.get(steps) as Row[]);
  const fewest = countsOf(line).find((steps) => steps < most && at(steps).genPpl <= theirs.genPpl);
  if (fewest === undefined) return [];
  const apart = entropyApart(at(fewest), theirs);
  return [`By gen-PPL alone ${who} reaches with ${counted(fewest)} what its teacher has with ${most}, at ${apart}.`];
}

export interface VerdictRequest {
  readonly lines: readonly Line[];
  readonly teacherHash: string;
  readonly length: number;
  /** What to do where the teacher's temperatures are not known. */
  readonly hint: string;
}

/** Sentences, a line each; what is not known is said or left out, never guessed. */
export function verdict(store: Reader, { lines, teacherHash, length, hint }: VerdictRequest): string[] {
  const teacher = lines.find(({ kind }) => kind === "teacher");
  const student = lines.find(({ kind }) => kind === "student");
  if (!teacher || !student) return [];
  const common = [...student.cells.keys()].filter((steps) => steps !== null && teacher.cells.has(steps)) as number[];
  const steps = headlineSteps(common, length);
  const own = steps === undefined ? undefined : compared(store, student, teacher, teacherHash, steps);
  if (!own || steps === undefined) return [];
  const figures = [student, teacher].map(({ cells }) => figureOf(cells.get(steps) as Row[])) as [Figure, Figure];
  const place = `With ${counted(steps)}, ${plain(length / steps)} tokens at once,`;
  const last = lines.findLast(({ kind }) => kind === "shipped");
  const shipped = last && compared(store, last, teacher, teacherHash, steps);
  const ordered = lines
    .filter(({ kind }) => kind === "ordered")
    .map((line) => ({ line, own: compared(store, line, teacher, teacherHash, steps) }));
  const shippedName = last ? `${last.label.split(",")[0]}, which ships,` : "";
  return [
    ...ownSentences(place, own, figures, hint),
    ...distanceSentence(store, lines, steps),
    ...(own.gain === "unknown" ? [] : neededSentence("it", own)),
    ...(shipped ? neededSentence(shippedName, shipped) : []),
    ...(last ? unmatchedSentence(shippedName, last, teacher) : []),
    ...orderSentence(ordered),
    ...guidedSentence(lines, steps),
  ];
}

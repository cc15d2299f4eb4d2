/**
 * @file Multiple choice in the published file formats, scored by likelihood: the bound for a denoiser.
 *
 * Accuracy by the sum of the answer's nats, and by nats per byte, which does not favour short answers. An answer is
 * scored given its question; of WinoGrande, whose two answers stand in the middle, what follows them is scored.
 */
import { randomStream, userError } from "@sdtt/core/base";
import { type Estimated, meanWithStderr } from "@sdtt/core/statistics";
import type { Tokenizer } from "@sdtt/core/text";
import { drawMaskSets, type MaskDraws, maskSetsOf } from "../bound/maskSets.js";
import { type FittedItem, type Item, itemOf, type MaskedItem } from "../lastWord/suffix.js";
import { readSetFile, readSetRecords } from "./textFile.js";

export interface Question {
  /** Where it stands, for messages. */
  readonly id: string;
  readonly choices: readonly { readonly context: string; readonly answer: string }[];
  /** Index of the right one. */
  readonly right: number;
}

export type Fields = Readonly<Record<string, unknown>>;

/** What one record says, or the rule that it breaks; the label is that of a file of its own, where there is one. */
export type ReadQuestion = (record: Fields, label: string | undefined) => Omit<Question, "id"> | string;

export const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** The form that harnesses ask free questions in. */
export const asked = (question: string): string => `Question: ${question}\nAnswer:`;

/**
 * Questions of a file in the set's published format, a record each; labels may be in a file of their own.
 *
 * Throws   UserError with file and record for one that is not of the format
 */
export async function questionsOf(
  set: string,
  read: ReadQuestion,
  path: string,
  labelsPath?: string,
): Promise<Question[]> {
  const records = await readSetRecords(set, path);
  const labels = labelsPath === undefined ? undefined : (await readSetFile(set, labelsPath)).trim().split("\n");
  if (labels && labels.length !== records.length) {
    const rule = `there must be a label for each of ${records.length} lines`;
    throw userError(`${set} ${labelsPath}`, rule, labels.length, "Give the labels of this very file.");
  }
  return records.map(({ place, value }, i) => {
    const where = `${set} ${place}`;
    const shown = JSON.stringify(value).slice(0, 80);
    if (typeof value !== "object" || value === null) {
      throw userError(where, "the line must be a JSON object", shown, "Mend or drop this line.");
    }
    const found = read(value as Fields, labels?.[i]?.trim());
    if (typeof found === "string") throw userError(where, found, shown, "Mend or drop this line.");
    return { id: place, ...found };
  });
}

/** An item for each answer, questions in order. */
export function answerItems(questions: readonly Question[], tokenizer: Tokenizer, longest: number): FittedItem[] {
  return questions.flatMap(({ id, choices }) =>
    choices.map(({ context, answer }) => itemOf({ id, context, word: answer }, tokenizer, longest, false)),
  );
}

/**
 * Masks of each answer. Those of one question share their draws: answers of one length are asked at the same places, so
 * that what is easy there is easy for all of them.
 */
export function answerMasks(
  questions: readonly Question[],
  items: readonly Item[],
  seed: number,
  times: number,
): MaskedItem[] {
  const lengthOf = ({ from, to }: Item) => to - from;
  let taken = 0;
  return questions.flatMap(({ choices }, q) => {
    const own = items.slice(taken, taken + choices.length);
    taken += choices.length;
    let draws: MaskDraws | undefined;
    const longest = Math.max(...own.map(lengthOf));
    const shared = () => (draws ??= drawMaskSets(randomStream(seed, "choice", q), times, longest));
    return own.map((item) => ({ item, masks: maskSetsOf(lengthOf(item), shared) }));
  });
}

/** Which answers have the least, as shares of one choice: 1/m each where m of them tie. */
function chosen(values: readonly number[]): number[] {
  const least = Math.min(...values);
  const ties = values.filter((value) => value === least).length;
  return values.map((value) => (value === least ? 1 / ties : 0));
}

export interface ChoiceFigure {
  readonly accuracy: Estimated;
  /** By question: 1 for the right answer, 0 for another, 1/m for a tie of m that it is among. */
  readonly hits: readonly number[];
  /** Questions whose answer is a tie. */
  readonly ties: number;
}

export interface ChoiceFigures {
  readonly accuracy: ChoiceFigure;
  /** By nats per byte of the answer. */
  readonly normalised: ChoiceFigure;
}

function figureOf(choices: readonly { readonly right: number; readonly scores: readonly number[] }[]): ChoiceFigure {
  const shares = choices.map(({ scores }) => chosen(scores));
  const hits = choices.map(({ right }, q) => shares[q]?.[right] as number);
  const ties = shares.filter((one) => one.some((share) => share > 0 && share < 1)).length;
  return { accuracy: meanWithStderr(hits), hits, ties };
}

/** Accuracies from the nats of every answer, in the order of `answerItems`. */
export function choiceFigures(questions: readonly Question[], nats: readonly number[]): ChoiceFigures {
  let taken = 0;
  const all = questions.map(({ choices, right }) => {
    const scores = choices.map(() => nats[taken++] as number);
    const perByte = scores.map((nll, k) => nll / Buffer.byteLength(choices[k]?.answer ?? ""));
    return { right, scores, perByte };
  });
  const normalised = all.map(({ right, perByte }) => ({ right, scores: perByte }));
  return { accuracy: figureOf(all), normalised: figureOf(normalised) };
}

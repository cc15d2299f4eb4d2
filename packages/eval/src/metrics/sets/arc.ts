/**
 * @file ARC's questions: AI2's lines, and the hub's records, in which choices are columns.
 *
 *   {"question": {"stem": "…", "choices": [{"text": "…", "label": "A"}, …]}, "answerKey": "A"}
 *   {"question": "…", "choices": {"text": ["…", …], "label": ["A", …]}, "answerKey": "A"}
 */
import { asked, type Fields, isText, type ReadQuestion } from "./choices.js";

interface Choice {
  readonly text?: unknown;
  readonly label?: unknown;
}

const isRecord = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Choices as a list of records, or as two columns of one length. */
function choicesOf(given: unknown): readonly Choice[] | undefined {
  if (Array.isArray(given)) return given.every(isRecord) ? (given as readonly Choice[]) : undefined;
  if (!isRecord(given) || !Array.isArray(given.text) || !Array.isArray(given.label)) return undefined;
  const { text, label } = given as { text: readonly unknown[]; label: readonly unknown[] };
  return text.length === label.length ? text.map((one, i) => ({ text: one, label: label[i] })) : undefined;
}

export const readArc: ReadQuestion = ({ question, choices, answerKey }) => {
  const { stem, choices: own } = isRecord(question) ? question : { stem: question, choices };
  const given = choicesOf(own ?? choices);
  if (!isText(stem) || !given) return "question must have stem and choices, or be a text beside choices (text, label)";
  const right = given.findIndex(({ label }) => String(label) === String(answerKey));
  if (right < 0) return "answerKey must be the label of a choice";
  if (!given.every(({ text }) => isText(text))) return "each choice must have a text";
  return { choices: given.map(({ text }) => ({ context: asked(stem), answer: ` ${text}` })), right };
};

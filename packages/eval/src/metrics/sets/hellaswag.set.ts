/** @file HellaSwag, its marks taken out as the field takes them out. */
import { choiceSet } from "./choiceSet.js";
import { isText, type ReadQuestion } from "./choices.js";

const unmarked = (text: string): string =>
  text
    .trim()
    .replaceAll(" [title]", ". ")
    .replace(/\[.*?\]/g, "")
    .replaceAll("  ", " ");

export const readHellaSwag: ReadQuestion = (record) => {
  const { activity_label: activity, ctx_a: a, ctx_b: b, endings, label } = record;
  if (!isText(a) && !isText(record.ctx)) return "ctx_a (or ctx) must be a text";
  if (!Array.isArray(endings) || !endings.every(isText)) return "endings must be texts";
  const right = Number(label);
  const isNumber = label !== "" && label !== null && Number.isInteger(right);
  if (!(isNumber && right >= 0 && right < endings.length)) return "label must be the number of an ending";
  const first = isText(b) ? b.charAt(0).toUpperCase() + b.slice(1) : "";
  const begin = isText(a) ? `${a} ${first}` : String(record.ctx);
  const context = unmarked(isText(activity) ? `${activity}: ${begin}` : begin);
  return { choices: endings.map((ending) => ({ context, answer: ` ${unmarked(ending)}` })), right };
};

export default choiceSet("hellaswag", readHellaSwag);

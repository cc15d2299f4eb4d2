/** @file PIQA: labels in the records, as on the hub, or in a file of their own, as published. */
import { choiceSet } from "./choiceSet.js";
import { asked, isText, type ReadQuestion } from "./choices.js";

export const readPiqa: ReadQuestion = ({ goal, sol1, sol2, label: own }, given) => {
  if (!isText(goal) || !isText(sol1) || !isText(sol2)) return "goal, sol1 and sol2 must be texts";
  const label = given ?? (own === undefined ? "" : String(own));
  if (label !== "0" && label !== "1") return "its label must be 0 or 1";
  const choices = [sol1, sol2].map((answer) => ({ context: asked(goal), answer: ` ${answer}` }));
  return { choices, right: Number(label) };
};

export default choiceSet("piqa", readPiqa);

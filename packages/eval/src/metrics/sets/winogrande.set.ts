/** @file WinoGrande: the option stands in the context, and what follows it is scored. */
import { choiceSet } from "./choiceSet.js";
import { isText, type ReadQuestion } from "./choices.js";

export const readWinoGrande: ReadQuestion = ({ sentence, option1, option2, answer }) => {
  if (!isText(sentence) || !isText(option1) || !isText(option2)) return "sentence, option1 and option2 must be texts";
  const at = sentence.indexOf("_");
  const rest = sentence.slice(at + 1).trim();
  if (at < 0 || rest === "") return "sentence must have a _ with text after it";
  const right = ["1", "2"].indexOf(String(answer));
  if (right < 0) return 'answer must be "1" or "2"';
  const choices = [option1, option2].map((option) => ({ context: sentence.slice(0, at) + option, answer: ` ${rest}` }));
  return { choices, right };
};

export default choiceSet("winogrande", readWinoGrande);

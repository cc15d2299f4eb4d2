/** @file The Penn Treebank as Mikolov prepared it, a sentence a line. */
import { textSet } from "./textSet.js";
import type { TextForm } from "./zeroShot.js";

const row = (line: string) => line.trim();

export const ptb: TextForm = { detokenizer: "ptb", row };

export default textSet("ptb", ptb, { ppl: 1, pplBound: 2, bits: 2 });

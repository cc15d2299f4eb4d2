/** @file WikiText-2: the hub's raw version, or one with `<unk>`; the row holds the hash of the file. */
import { textSet } from "./textSet.js";
import type { TextForm } from "./zeroShot.js";

/** A row keeps its line break; one of white space alone is empty (huggingface/datasets 02bb18c, wikitext.py). */
const row = (line: string) => (line.trim() === "" ? "" : line);

export const wikitext2: TextForm = { detokenizer: "wikitext", row };

export default textSet("wikitext2", wikitext2, { ppl: 2, pplBound: 2, bits: 2 });

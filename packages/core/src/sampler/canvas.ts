/**
 * @file What is given and what is free before sampling begins: a prompt, a text with holes, and the rest of the row.
 *
 * `[12]` in a text is a hole of twelve tokens. A hole's length is the user's: the model fills masks, it does not insert.
 */
import { userError } from "../base/errors.js";
import type { Tokenizer } from "../text/tokenizer/tokenizer.js";

export interface CanvasOptions {
  readonly prompt?: string | undefined;
  /** Text with holes, as in "And God said, [8] and it was so." */
  readonly infill?: string | undefined;
  /** Tokens of the row; default: up to the infill's last, or the model's length. */
  readonly tokens?: number | undefined;
}

/** Ids of a text with holes, −1 where free. */
function withHoles(text: string, tokenizer: Tokenizer): number[] {
  return text.split(/(\[\d+\])/).flatMap((part) => {
    const hole = /^\[(\d+)\]$/.exec(part);
    return hole ? Array<number>(Number(hole[1])).fill(-1) : part === "" ? [] : [...tokenizer.encode(part)];
  });
}

/**
 * The given tokens of one row, −1 where free.
 *
 * Shapes   → [tokens]
 * Throws   UserError when what is given does not fit, or leaves nothing to sample
 */
export function canvasOf(options: CanvasOptions, tokenizer: Tokenizer, longest: number): Int32Array {
  const { prompt = "", infill, tokens } = options;
  const given = [...(prompt === "" ? [] : tokenizer.encode(prompt)), ...withHoles(infill ?? "", tokenizer)];
  const length = tokens ?? (infill === undefined ? longest : given.length);
  if (length > longest) {
    const remedy = `The model reads ${longest}: shorten the text, its holes or --tokens.`;
    throw userError("sample", `the row must be at most ${longest} tokens`, length, remedy);
  }
  // A longer row helps where the model reads one.
  const orMore = length < longest ? `, or give up to --tokens=${longest}` : ` (the model reads ${longest} tokens)`;
  if (given.length > length) {
    const remedy = `Shorten the text or its holes${orMore}.`;
    throw userError("sample", `prompt and infill must fit into ${length} tokens`, given.length, remedy);
  }
  const row = Int32Array.from({ length }, (_, i) => given[i] ?? -1);
  if (row.includes(-1)) return row;
  const remedy = `Mark holes as [8]${orMore}.`;
  throw userError("sample", "there must be something to sample", `${length} given tokens`, remedy);
}

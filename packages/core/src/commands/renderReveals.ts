/**
 * @file Text as it is revealed: masks as blocks, each token in the colour of the step that revealed it.
 */
import type { Colors } from "picocolors/types.js";
import type { Tokenizer } from "../text/tokenizer/tokenizer.js";

const block = "░";
/** From the first steps to the last. */
const palette = ["magenta", "red", "yellow", "green", "cyan", "blue"] as const;

/** The name of a step's colour; of what was given: none. */
function colourOf(step: number, numSteps: number): (typeof palette)[number] | undefined {
  if (step < 1) return undefined;
  const share = (Math.min(step, numSteps) - 1) / Math.max(1, numSteps);
  return palette[Math.floor(share * palette.length)];
}

interface Piece {
  readonly text: string;
  readonly step: number;
}

/** Text of each token; what is part of a character goes to the token that completes it. */
function piecesOf(ids: Int32Array, steps: Int32Array, tokenizer: Tokenizer): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let i = 0; i < ids.length; i++) {
    const step = steps[i] as number;
    if (ids[i] === tokenizer.maskId) {
      if (from < i) pieces.push({ text: tokenizer.decode(ids.subarray(from, i)), step });
      pieces.push({ text: block, step: 0 });
      from = i + 1;
      continue;
    }
    const text = tokenizer.decode(ids.subarray(from, i + 1));
    if (text.endsWith("\ufffd") && i - from < 3 && i + 1 < ids.length) continue;
    pieces.push({ text, step });
    from = i + 1;
  }
  return pieces;
}

/** One row as text. Shapes   ids, steps [L]; steps 0 where given or masked */
export function renderRow(
  ids: Int32Array,
  steps: Int32Array,
  numSteps: number,
  tokenizer: Tokenizer,
  colours: Colors,
): string {
  const pieces = piecesOf(ids, steps, tokenizer).map(({ text, step }) => {
    const name = colourOf(step, numSteps);
    if (name) return colours[name](text);
    return text === block ? colours.dim(text) : colours.bold(text);
  });
  return pieces.join("");
}

/** What each colour stands for, as in "1–3 4–6"; nothing where there are no colours. */
export function legend(numSteps: number, colours: Colors): string {
  if (!colours.isColorSupported) return "";
  const ranges = palette.flatMap((name) => {
    const steps = Array.from({ length: numSteps }, (_, i) => i + 1).filter((step) => colourOf(step, numSteps) === name);
    const [first, last] = [steps[0], steps.at(-1)];
    return first === undefined ? [] : [colours[name](first === last ? `${first}` : `${first}–${last}`)];
  });
  return `steps ${ranges.join(" ")} · given ${colours.bold("bold")}\n`;
}

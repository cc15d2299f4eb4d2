/**
 * @file The words of token ids without decoding them: what stands between white space, as bytes.
 *
 * A word is a string of one character a byte, so that tokens may end within a character. Each token's share of words is worked
 * out once; a text of any size is then read at the cost of a string a word.
 */
import type { Tokenizer } from "@sdtt/core/text";

/** What a token does: it goes on with the word before it, and, where it holds white space, ends that and begins others. */
interface Spelling {
  readonly goesOn: string;
  readonly whole: readonly string[];
  /** Undefined: the token holds no white space. */
  readonly begins: string | undefined;
}

function spellingOf(bytes: Uint8Array): Spelling {
  const [goesOn = "", ...others] = Buffer.from(bytes)
    .toString("latin1")
    .split(/[ \t\n\v\f\r]+/);
  return { goesOn, whole: others.slice(0, -1), begins: others.at(-1) };
}

/** Tells of each word in order; undefined where a document ends. */
export type OnWord = (word: string | undefined) => void;

/** Reads pieces of one sequence of ids; where they end, so does the last word. */
export function wordReader({ bytesOf, endOfText }: Pick<Tokenizer, "bytesOf" | "endOfText">) {
  const known: Spelling[] = [];
  const spelling = (id: number): Spelling => {
    const found = known[id] ?? spellingOf(bytesOf(id));
    known[id] = found;
    return found;
  };
  return (pieces: Iterable<ArrayLike<number>>, onWord: OnWord): void => {
    let open = "";
    const close = () => {
      if (open !== "") onWord(open);
      open = "";
    };
    for (const piece of pieces) {
      for (let i = 0; i < piece.length; i++) {
        const id = piece[i] as number;
        if (id === endOfText) {
          close();
          onWord(undefined);
          continue;
        }
        const { goesOn, whole, begins } = spelling(id);
        open += goesOn;
        if (begins === undefined) continue;
        close();
        for (const word of whole) onWord(word);
        open = begins;
      }
    }
    close();
  };
}

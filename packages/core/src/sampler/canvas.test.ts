import { expect, it } from "vitest";
import { trainTokenizer } from "../text/tokenizer/train.js";
import { canvasOf } from "./canvas.js";

const tokenizer = trainTokenizer(["and the light was good over water "], 260);
const letters = (count: number) => "q".repeat(count);

it("holes are free, what is given is given, and the rest of the row is free", () => {
  const row = canvasOf({ prompt: "q", infill: "z[2]z", tokens: 8 }, tokenizer, 16);
  expect([...row].map((id) => id >= 0)).toEqual([true, true, false, false, true, false, false, false]);
});

it.each([
  [
    { prompt: letters(9), tokens: 8 },
    "must fit into 8 tokens, got 9. Shorten the text or its holes, or give up to --tokens=16.",
  ],
  [
    { prompt: letters(17) },
    "must fit into 16 tokens, got 17. Shorten the text or its holes (the model reads 16 tokens).",
  ],
  [{ infill: letters(4) }, "got 4 given tokens. Mark holes as [8], or give up to --tokens=16."],
  [{ infill: letters(16) }, "got 16 given tokens. Mark holes as [8] (the model reads 16 tokens)."],
  [{ tokens: 17 }, "the row must be at most 16 tokens, got 17. The model reads 16: shorten the text"],
])("%j is refused with what can be done, never to go beyond what the model reads", (options, message) => {
  expect(() => canvasOf(options, tokenizer, 16)).toThrow(message);
});

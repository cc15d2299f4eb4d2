/** @file Texts as no corpus has them: spaces of every kind, marks, other scripts, characters from anywhere. */
import type { RandomStream } from "@sdtt/core/base";
import { chance, oneOf, some } from "./target.js";

const words =
  "the of and a to in he that it's WE'LL don't Dr. 3.14 1984 12345678 x_y café naïve e\u0301 \u1e9b\u0323 ﬁn ½ ① Ⅳ Ｗｉｄｅ ς Σ ß İ ı " +
  "日本語 中文字 한국어 \u1112\u1161\u11ab สวัสดี नमस्ते שלום مرحبا Привет Ελλάδα 🙂 👩‍👩‍👧 🇫🇷 ℌ ≠ … — “q” ' '' `` != -- ... @user #tag $5 50% a/b\\c";

const spaces = [
  " ",
  "  ",
  "\n",
  "\n\n",
  "\r\n",
  "\t",
  "\u00a0",
  "\u2003",
  "\u3000",
  "\u200b",
  "\ufeff",
  "\u180e",
  "\u2028",
  "\v",
  "\f",
  "\u0085",
];

const inPlane = (random: RandomStream): string => {
  const planes = [0x80, 0x300, 0x2000, 0x3000, 0xd7ff, 0xffff, 0x1ffff, 0x10ffff];
  const code = random.integer(oneOf(random, planes) + 1);
  return code >= 0xd800 && code < 0xe000 ? "\ufffd" : String.fromCodePoint(code);
};

const parts: readonly ((random: RandomStream) => string)[] = [
  (random) => oneOf(random, words.split(" ")),
  (random) => oneOf(random, words.split(" ")),
  (random) => oneOf(random, spaces),
  inPlane,
  (random) => String(random.integer(10 ** random.integer(9))),
  (random) => oneOf(random, [..."abcdefghijklmnopqrstuvwxyzABCXYZ.,;:!?'\"()[]{}<>|/\\-_=+*&^%$#@~`"]),
];

/** A text of up to `most` odd pieces; `also` are sprinkled in. */
export function oddText(random: RandomStream, most: number, also: readonly string[] = []): string {
  const piece = () => {
    if (also.length > 0 && chance(random, 0.15)) return oneOf(random, also);
    const text = oneOf(random, parts)(random);
    return chance(random, 0.4) ? ` ${text}` : text;
  };
  return some(random, most, piece).join("");
}

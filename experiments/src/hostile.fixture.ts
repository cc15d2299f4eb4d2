/**
 * @file Values that people type and that something on the way might read: quotes, signs of shells, of nx and of yargs.
 */
import { randomStream } from "@sdtt/core/base";

const known = [
  '"Hello," he said, "bye"',
  "'tis the sea's",
  "cost $HOME `date` $(id)",
  "back\\slash\\",
  '"x" && echo INJECTED ; echo "y"',
  "'a' && echo INJECTED ; echo 'b'",
  "`echo INJECTED`",
  "5 > 3 | wc & ls # no",
  "%PATH% !hist! ^ ~ * ? [8] {a,b}",
  "$" + "{PATH}",
  "{workspaceRoot} {projectRoot} {args.prompt}",
  "a=b=c, d",
  "",
  " ",
  "word ",
  "one\ntwo\r\nthree",
  "a\tb\u001b[31mred\u0007",
  "ünï 日本 🙂 e\u0301 \u202e",
  "-",
  "--",
  "--steps=4",
  "--help",
  "--verbose",
  "-p",
  "-1",
  "007",
  "1e-3",
  "0x10",
  "true",
  "null",
  "__proto__",
  "n".repeat(100_000),
];

/** Pieces of which the rest is put together. */
const pieces = ['"', "'", "`", "\\", "$", "$(", ")", "%", "!", "^", "&&", "||", ";", "|", "<", ">", "*", "~", "#", "="];
const others = [
  "{",
  "}",
  "[",
  "]",
  "-",
  "--",
  " ",
  "\t",
  "\n",
  ",",
  ".",
  ":",
  "@",
  "é",
  "日",
  "🙂",
  "a",
  "Z",
  "0",
  "\u0001",
];

/** The known ones, and as many more, the same for each seed. */
export function hostileValues(count: number, seed: number): string[] {
  const all = [...pieces, ...others];
  const random = randomStream(seed, "hostile values");
  const piece = () => all[random.integer(all.length)];
  const made = Array.from({ length: count }, () => Array.from({ length: 1 + random.integer(8) }, piece).join(""));
  return [...known, ...made];
}

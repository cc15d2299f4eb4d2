import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nameFault } from "./names.js";

const good = [
  ..."a default teacher-2 v1.0 x=1 run_3 A..b 0 ~ @home #1 50% a&b (x) [y] {z} $HOME `x` a|b 'q' \"q\" <b> ? * : ; , + !".split(
    " ",
  ),
  ...[
    "two words",
    "ünïcödé",
    "日本語の名前",
    "имя",
    "اسم",
    "🦊",
    "👩‍💻 team",
    "e\u0301",
    "n".repeat(200),
    "🦊".repeat(50),
    "console",
    "com10",
    "a.con",
  ],
];

describe("a name", () => {
  it.each(good)("may be %s, and is a folder's then", (name) => {
    expect(nameFault(name)).toBeUndefined();
    const folder = mkdtempSync(join(tmpdir(), "names-"));
    mkdirSync(join(folder, name));
    expect(readdirSync(folder)).toEqual([name]);
    rmSync(folder, { recursive: true });
  });

  const bad: Readonly<Record<string, readonly string[]>> = {
    "must not be empty": [""],
    "must not hold a slash or a backslash": ["../up", "/etc", "a/b", "a/", "a\\b", "x/..", "./a"],
    "must not begin with a dot or a dash": [".", "..", ".hidden", "-rf", "--name"],
    "must not end with a dot": ["a.", "a..."],
    "must not begin or end with white space": [" a", "a ", "\u00a0a", "  ", "a\u3000"],
    "must not hold control characters or line ends": [
      "a\nb",
      "a\tb",
      "\u0000",
      "a\u001b[31m",
      "a\u007f",
      "a\u0085",
      "a\u2028b",
      "a\u202eb",
      "\ufeffa",
    ],
    "must be at most 200 bytes long": ["n".repeat(201), "n".repeat(300), "🦊".repeat(51), "é".repeat(101)],
    "must not be a name that Windows keeps for itself": [
      "CON",
      "nul",
      "Aux",
      "com1",
      "LPT9",
      "con.txt",
      "prn.tar.gz",
      "COM¹",
    ],
    "must be well-formed text": ["a\ud800", "\udc00b"],
  };
  const cases = Object.entries(bad).flatMap(([rule, names]) =>
    names.map((name) => [JSON.stringify(name).slice(0, 30), name, rule] as const),
  );
  it.each(cases)("may not be %s", (_, name, rule) => expect(nameFault(name)).toBe(rule));
});

/**
 * @file Detokenizers on lines in the form in which the data sets are published, and on each rule by itself.
 *
 * Lines: WikiText-2's validation text (CC BY-SA), PTB's, or made up in the same form. What must come out is what the
 * published functions give under Python: they leave a space before a full stop that ends a line without a word.
 */
import { describe, expect, it } from "vitest";
import { type DetokenizerName, detokenize, detokenizerNames, detokenizers } from "./detokenizers.js";

const cases: Record<DetokenizerName, readonly (readonly [string, string])[]> = {
  none: [[" = Homarus gammarus = \n", " = Homarus gammarus = \n"]],
  wikitext: [
    [" = Homarus gammarus = \n", " = Homarus gammarus =\n"],
    [" \n = = Description = = \n \n", "\n== Description ==\n\n"],
    [" = = = A third level = = = \n", " === A third level ===\n"],
    [" and weigh 0 @.@ 7 – 2 @.@ 2 kg ( 1 @.@ 5 – 4 @.@ 9 lb ) . \n", " and weigh 0.7 – 2.2 kg (1.5 – 4.9 lb).\n"],
    [
      ' the lobsters are blue , only becoming " lobster red " on cooking . ',
      ' the lobsters are blue, only becoming "lobster red" on cooking. ',
    ],
    [
      " a well @-@ known crowd of 1 @,@ 000 ; why ? because : it ! ",
      " a well-known crowd of 1,000; why? because: it! ",
    ],
    [" the lobster 's claw and the lobsters ' claws ", " the lobster's claw and the lobsters' claws "],
    [" 20 ° C [ a ] { b } N of it ", " 20°C [a] {b} 1 of it "],
  ],
  ptb: [
    ["viewers ' opinions for the next day 's show", "viewers' opinions for the next day's show"],
    ["called a N number in N N N years", "called a 1 number in 1 1 1 years"],
    ["it does n't cost $ N or # N", "it doesn't cost $1 or # N"],
    ["it cost $ N million or # N in all", "it cost $1 million or #1 in all"],
    ["<unk> <unk> watching abc\\/cbs", "? ? watching abc/cbs"],
    ["one line \n and another", "one line\nand another"],
  ],
  lm1b: [
    ["He said : it 's ( almost ) over , is n't it ?", "He said: it's (almost) over, is n't it?"],
    ['They met in 2008 . It cost $ 5 / £ 3 ; " too much " !', 'They met in 2008. It cost $5/£3; "too much"!'],
    ["See http : / / example and https : / / other .", "See http://example and https://other ."],
    ["The end .\n", "The end.\n"],
  ],
  lambada: [
    ["  “Where?” she asked.\n\n", '\n"Where?" she asked.'],
    ["", "\n"],
  ],
  "scientific-papers": [["a result ( of @xcite ) , see 1 @.@ 5 .", "a result (of @xcite), see 1.5 ."]],
};

describe.each(detokenizerNames)("detokenizer %s", (name) => {
  it.each(cases[name])("turns %j into %j", (text, expected) => {
    expect(detokenize(name, text)).toBe(expected);
  });
});

describe("a rule", () => {
  const all = detokenizerNames.flatMap((name) => detokenizers[name].map((rule) => [name, rule.name, rule] as const));

  it.each(all)("of %s, %s, is named and does not run with a state of its own", (_, name, { find }) => {
    expect(name).not.toBe("");
    if (typeof find !== "string") expect([find.global, find.sticky]).toEqual([true, false]);
  });

  it("puts signs of replacement patterns as they are", () => {
    expect(detokenize("wikitext", "( $& and $1 ) cost $ 1")).toBe("($& and $1) cost $ 1");
    expect(detokenize("ptb", "the sum of $ N a year")).toBe("the sum of $1 a year");
  });

  it("with the published quirk writes the pattern itself, as the field's figures have it", () => {
    expect(detokenize("wikitext", "a /' 5/ b")).toBe("a /'[0-9]/ b");
  });

  it("leaves text of another kind alone", () => {
    const plain = "Plain text, with a comma. It costs 5%.";
    for (const name of ["wikitext", "ptb", "lm1b"] as const) expect(detokenize(name, plain)).toBe(plain);
  });
});

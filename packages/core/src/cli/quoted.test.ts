import { expect, it } from "vitest";
import { quoted } from "./quoted.js";

it("quotes for a shell whatever is not plain, and nothing else", () => {
  expect(["a/b=c", "a b", "it's", "$(rm)", "a\n", ""].map(quoted)).toEqual([
    ...["a/b=c", "'a b'", "'it'\\''s'", "'$(rm)'", "'a\n'", "''"],
  ]);
});

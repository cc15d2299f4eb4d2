/**
 * @file Which teacher stands beside a student: the one it descends from, unless told otherwise.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { assetPath, storePath } from "@sdtt/core/workspace";
import { type Checkpoint, hashesIn, openCheckpoint } from "./checkpoint.js";

/** The folder of round 0's weights: the embedded teacher, or where the store saw them last. */
function originOf(root: string, hash: string): string | undefined {
  const known = existsSync(storePath(root)) ? storedPath(storePath(root), hash) : undefined;
  if (known) return known;
  const embedded = assetPath("teacher");
  return existsSync(join(embedded, "state.json")) && hashesIn(embedded).includes(hash) ? embedded : undefined;
}

function storedPath(file: string, hash: string): string | undefined {
  // For writing, as the command that asks will: a store of an older schema is brought to this one.
  const store = openStore(file);
  try {
    const paths = store.checkpoints({ hash }).map(({ path }) => path);
    return paths.find((path) => existsSync(join(path, "state.json")) && hashesIn(path).includes(hash));
  } finally {
    store.close();
  }
}

/**
 * The teacher to evaluate beside `student`, or nothing where it is its own.
 *
 * @param asked a folder, "none", or "auto": the first of its lineage, as far as it can be found
 */
export function teacherOf(student: Checkpoint, asked: string, root: string): Checkpoint | undefined {
  const [origin] = student.lineage;
  const folder = asked === "auto" ? origin && originOf(root, origin) : asked === "none" ? undefined : asked;
  if (!folder) return undefined;
  const teacher = openCheckpoint(folder, student.lineage);
  return teacher.hash === student.hash ? undefined : teacher;
}

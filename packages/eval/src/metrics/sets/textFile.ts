/** @file A set's file, read whole. */
import { readFileSync } from "node:fs";
import { userError } from "@sdtt/core";

/** Throws   UserError when the file cannot be read, or is not UTF-8: broken letters would be averaged in silently */
export function readTextFile(where: string, path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw userError(where, "its file must be readable", `${code} (${path})`, "Check the path.", error);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw userError(where, "its file must be UTF-8", path, "Convert it, or take the original.", error);
  }
}

/** @file The project's version, as its packages have it. */
import { readFileSync } from "node:fs";

/** Read when it is asked for; the same for all packages. */
export function projectVersion(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

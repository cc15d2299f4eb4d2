/**
 * @file The built page, read into memory when the server starts: a path that is not in the map does not exist, so none
 * can lead out of the folder.
 */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { userError } from "@sdtt/core/base";

export interface WebFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** From a URL's path to what is served there. */
export type WebFiles = ReadonlyMap<string, WebFile>;

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** Addresses of the page's views, as its build found them; at least home. */
export function viewsOf(files: WebFiles): ReadonlySet<string> {
  const found = files.get("/views.json");
  const names: string[] = found === undefined ? [] : JSON.parse(new TextDecoder().decode(found.bytes));
  return new Set(["/", ...names.map((name) => `/${name}`)]);
}

const builtPage = fileURLToPath(new URL("../web", import.meta.url));

export function loadWebFiles(folder = builtPage): WebFiles {
  const files = new Map<string, WebFile>();
  for (const path of listFiles(folder)) {
    const type = types[extname(path)] ?? "application/octet-stream";
    files.set(`/${relative(folder, path).split(sep).join("/")}`, { bytes: new Uint8Array(readFileSync(path)), type });
  }
  return files;
}

function listFiles(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (cause) {
    throw userError("dashboard", "the page must have been built", `no folder ${folder}`, "Run npm run build.", cause);
  }
}

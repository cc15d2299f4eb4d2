/**
 * @file Why an addon (a library compiled for Node) does not load, in one line instead of a stack.
 *
 * Packages are installed for one Node and one machine; run by another, the first that needs its addon fails.
 */
import { basename, dirname } from "node:path";
import { type UserError, userError } from "./errors.js";

/** Versions of Node by the number of their addons' interface, as nodejs.org/download/releases lists them. */
const nodeOf: Readonly<Record<string, number>> = { 108: 18, 115: 20, 127: 22, 137: 24 };

const again = "Run npm ci with the Node and on the machine that is to run it.";

/** The package that a file of node_modules belongs to. */
function packageOf(path: string): string {
  const [, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path.replaceAll("\\", "/")) ?? [];
  return name ?? basename(dirname(path));
}

/** The failure in a user's words; undefined where it is no addon's. */
export function addonError(error: unknown): UserError | undefined {
  const { code, message = "" } = Object(error) as NodeJS.ErrnoException;
  if (/^Could not locate the bindings file/.test(message)) {
    const remedy = "Its install script was not run: npm rebuild better-sqlite3 (npm ci runs it, unless told not to).";
    return userError("better-sqlite3", "its addon must be there", "none", remedy, error);
  }
  if (code !== "ERR_DLOPEN_FAILED") return undefined;
  const [first = ""] = message.split("\n", 1);
  const [, path = first.split(": ", 1)[0] ?? ""] = /'([^']+)'/.exec(first) ?? [];
  const name = packageOf(path);
  const [built, needed] = [...message.matchAll(/NODE_MODULE_VERSION (\d+)/g)].map(([, version = ""]) => version);
  if (!built || !needed) return userError(name, "its addon must load on this machine", first, again, error);
  const owner = nodeOf[built] ? `Node ${nodeOf[built]}` : `modules ${built}`;
  const remedy = `Run npm ci with this Node${nodeOf[built] ? `, or run it by Node ${nodeOf[built]}` : ""}.`;
  return userError(
    name,
    `its addon must be built for this Node (${process.version})`,
    `one for ${owner}`,
    remedy,
    error,
  );
}

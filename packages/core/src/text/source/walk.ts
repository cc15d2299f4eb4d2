/**
 * @file The files of a folder and below, by the rules of a stranger's disk.
 *
 * Names that begin with a dot are left alone, and folders of such names: copies of editors and notebooks, macOS's `._x`,
 * version control. Links are followed, each place once; what is no file and no folder is never opened. What was left
 * alone is said by whoever asked.
 */
import { type BigIntStats, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { userError } from "../../base/errors.js";

export interface WalkedFile {
  readonly path: string;
  /** Below the folder, with "/" on every system. */
  readonly name: string;
  readonly stat: BigIntStats;
}

export interface Walk {
  /** In the order of the code units of their names. */
  readonly files: readonly WalkedFile[];
  /** Names by the reason why they were left alone. */
  readonly leftAlone: ReadonlyMap<string, readonly string[]>;
  /** Links that lead out of the folder and were followed. */
  readonly linksOut: readonly string[];
}

/**
 * @param isData whether a file of this name would be read: then it must be there
 * Throws   UserError when a folder cannot be read, or a link of a data file leads nowhere
 */
export function walkFolder(folder: string, isData: (name: string) => boolean): Walk {
  const files: WalkedFile[] = [];
  const leftAlone = new Map<string, string[]>();
  const linksOut: string[] = [];
  const leave = (reason: string, name: string) => leftAlone.set(reason, [...(leftAlone.get(reason) ?? []), name]);
  const root = realpathSync(folder);
  /** Where files and folders really lie. */
  const seen = new Set<string>();
  const links: string[] = [];

  const visit = (name: string, real: string) => {
    if (seen.has(real)) return;
    seen.add(real);
    const path = join(folder, name);
    const stat = statSync(path, { bigint: true });
    if (stat.isDirectory()) enter(name, real);
    else if (stat.isFile()) files.push({ path, name, stat });
    else leave(`${specialKind(stat)}s`, name);
  };
  const enter = (name: string, real: string) => {
    for (const entry of entriesOf(join(folder, name))) {
      const below = name === "" ? entry.name : `${name}/${entry.name}`;
      if (entry.name.startsWith(".")) leave("hidden", below);
      else if (entry.isSymbolicLink()) links.push(below);
      else visit(below, join(real, entry.name));
    }
  };
  visit("", root);
  // Links last: what lies in the folder itself keeps its own name, and a circle has been seen.
  for (let name = links.shift(); name !== undefined; name = links.shift()) {
    const target = targetOf(folder, name, isData);
    if (target === undefined) leave("links to nothing", name);
    else if (seen.has(target) || isAbove(target, root)) leave("links to what is read anyway", name);
    else {
      if (!isAbove(root, target)) linksOut.push(`${name} → ${target}`);
      visit(name, target);
    }
  }
  files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { files, leftAlone, linksOut };
}

/** Whether a path is the folder of another, however far above it. */
const isAbove = (folder: string, path: string): boolean => path === folder || path.startsWith(folder + sep);

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw userError(`corpus ${path}`, "the folder must be readable", code, "Mend its permissions, or move it.", error);
  }
}

function targetOf(folder: string, name: string, isData: (name: string) => boolean): string | undefined {
  const path = join(folder, name);
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isData(name)) return undefined;
    const got = `a link to nothing (${name} → ${readlinkSync(path)})`;
    throw userError(`corpus ${folder}`, "a file of text must be there", got, "Mend the link, or remove it.", error);
  }
}

/** What a place is that is neither a file nor a folder. */
export function specialKind(stat: BigIntStats): string {
  if (stat.isFIFO()) return "named pipe";
  if (stat.isSocket()) return "socket";
  return "device";
}

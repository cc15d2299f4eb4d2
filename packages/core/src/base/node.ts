/**
 * @file Which Node the project needs, asked before anything is loaded that an older one cannot load.
 *
 * Imports nothing and uses no younger JavaScript than Node 12 has: modules are linked before the first line of any of
 * them runs, so a program checks here and only then imports the rest.
 */

/** Major and minor version of the oldest Node that will do. */
export const minimumNode = [20, 19] as const;

/** Whether a Node of this version, as in "20.19.0", will do. */
export function isRecentNode(version: string): boolean {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  return major > minimumNode[0] || (major === minimumNode[0] && minor >= minimumNode[1]);
}

/** What it means that a module does not load; nothing for what is a defect of ours. */
function unloadable(code: unknown, { version }: NodeJS.Process): string {
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    return "its packages must be installed, got none of that name. Run npm ci (and npm run build).";
  }
  if (code !== "ERR_DLOPEN_FAILED") return "";
  return `its addons must be built for this Node, got others (${version}). Run npm ci with this Node.`;
}

/** Loads a program, or says in one line that this Node is too old for it, or another than its packages are for. */
export function onRecentNode(program: string, load: () => Promise<unknown>): void {
  const refuse = (text: string) => {
    process.stderr.write(`${program}: ${text}\n`);
    process.exitCode = 1;
  };
  const { node } = process.versions;
  if (!isRecentNode(node)) {
    const rule = `Node must be of version ${minimumNode.join(".")} or newer, got ${node} (${process.execPath})`;
    refuse(`${rule}. Install a newer one and run npm ci with it.`);
    return;
  }
  load().catch((error) => {
    const { code, message } = Object(error);
    const reason = unloadable(code, process);
    if (reason === "") throw error;
    refuse(`${reason} (${String(message).split("\n", 1)[0]})`);
  });
}

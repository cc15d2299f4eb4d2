/**
 * @file What the plugin, in nx's own process, and the executor, in a process that nx starts, tell each other: a folder
 * with the arguments as they were typed, and with the exit code.
 *
 * Not the environment alone, as one variable holds 128 KiB and an argument may be as long.
 */
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

/** Where the folder is; set by the plugin for the processes that nx starts. */
const variable = "SDTT_NX_HANDOVER";

/**
 * Lays out what was typed. Returns a function that gives the command's exit code, once, and clears up; nothing where
 * there is no room for temporary files, and the executor then has what nx has parsed.
 */
exports.begin = (args, cwd) => {
  let folder;
  try {
    folder = mkdtempSync(join(tmpdir(), "sdtt-nx-"));
    writeFileSync(join(folder, "typed.json"), JSON.stringify({ args, cwd }));
  } catch {
    return () => undefined;
  }
  process.env[variable] = folder;
  return () => {
    try {
      return Number(readFileSync(join(folder, "code"), "utf8"));
    } catch {
      return undefined;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
};

/** What was typed, where the plugin could lay it out; children of the command are not to see it. */
exports.typed = () => {
  const folder = process.env[variable];
  delete process.env[variable];
  if (!folder) return undefined;
  const end = (code) => writeFileSync(join(folder, "code"), String(code));
  return { ...JSON.parse(readFileSync(join(folder, "typed.json"), "utf8")), end };
};

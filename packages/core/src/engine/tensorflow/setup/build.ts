/**
 * @file The addon of tfjs-node, compiled against a library that is there.
 *
 * Its two files of C++ need a compiler and Node's headers, and no node-gyp: the interface is N-API, so that what is
 * built for one version of Node loads in the next.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { userError } from "../../../base/errors.js";
import { temporaryName, writeFileAtomic } from "../../../files/atomic.js";
import { type LibraryRecord, recordPath } from "../addon.js";
import { type Library, libraryFiles } from "./library.js";

const where = "tensorflow-setup";
const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";

/** Where Node's headers lie: beside the program, as its archives have them, or where Debian's package puts them. */
function headers(): string {
  const beside = join(dirname(dirname(process.execPath)), "include/node");
  const found = [beside, "/usr/include/node"].find((folder) => existsSync(join(folder, "node_api.h")));
  if (found) return found;
  throw userError(where, "Node's headers must be there", `none in ${beside}`, "Install them (Debian: libnode-dev).");
}

function compile(packageFolder: string, library: Library, out: string): void {
  const compiler = process.env.CXX ?? "g++";
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(packageFolder, "binding", name));
  const folders = [headers(), packageFolder, join(library.folder, "include")].map((folder) => `-I${folder}`);
  const linked = [`-L${library.folder}`, ...libraryFiles.map((name) => `-l:${name}`), `-Wl,-rpath,${library.folder}`];
  const args = [
    "-O2",
    "-std=c++17",
    "-shared",
    "-fPIC",
    "-DNAPI_VERSION=8",
    ...folders,
    ...sources,
    "-o",
    out,
    ...linked,
  ];
  const { status, error, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
  if (status === 0) return;
  const said = error?.message ?? stderr.split("\n").find((line) => /error/.test(line)) ?? lastLine(stderr);
  throw userError(where, "the addon must compile", said, "Install g++, or name another compiler with CXX.", error);
}

const tried = `
const util = require("node:util");
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require(process.argv[1]);
process.exit(tf.getBackend() === "tensorflow" && tf.add([21], [21]).dataSync()[0] === 42 ? 0 : 3);
`;

/** One operation in a process of its own, which a broken library ends. */
function tryOut(packageFolder: string): void {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "1" };
  const { status, signal, stderr } = spawnSync(process.execPath, ["-e", tried, packageFolder], {
    env,
    encoding: "utf8",
  });
  if (status === 0) return;
  const said = stderr.split("\n").find((line) => /Error/.test(line)) ?? lastLine(stderr);
  const got = signal ?? (status === 3 ? "another result" : said);
  throw userError(where, "the addon must load and add 21 to 21", got, "Choose another library with --from.");
}

/**
 * Builds the addon of `packageFolder`, runs one operation with it, and records the library that it stands on.
 *
 * Holds    an addon that does not work is not left behind
 */
export function buildAddon(packageFolder: string, library: Library): void {
  const record = recordPath(packageFolder);
  const addon = join(dirname(record), "tfjs_binding.node");
  const temporary = temporaryName(addon);
  mkdirSync(dirname(addon), { recursive: true });
  rmSync(record, { force: true });
  try {
    compile(packageFolder, library, temporary);
    renameSync(temporary, addon);
    tryOut(packageFolder);
    const sizes = libraryFiles.map((name) => [name, statSync(join(library.folder, name)).size] as const);
    const written: LibraryRecord = { ...library, files: Object.fromEntries(sizes) };
    writeFileAtomic(record, `${JSON.stringify(written, null, 2)}\n`);
  } catch (cause) {
    for (const path of [temporary, addon]) rmSync(path, { force: true });
    throw cause;
  }
}

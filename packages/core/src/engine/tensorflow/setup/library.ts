/**
 * @file A libtensorflow to stand on: TensorFlow's own, out of the wheel that it publishes for Python.
 *
 * The archive that tfjs-node's install script fetches stopped at 2.9 and lies where many networks do not reach. The
 * wheel holds the same C library without Python's symbols, and its headers. Tried beside it: the archives of
 * npm's tfjs-node-lambda-releases (1.15 of 2019, without the processor's newer instructions) and of Maven's
 * tensorflow-core-api (2.10 at most, no headers).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { userError } from "../../../base/errors.js";
import { fileHash } from "../../../files/fileHash.js";
import { replaceFolder } from "../../../files/folder.js";

/** What is fetched, as PyPI publishes it (Apache-2.0); no other file is taken for it. */
export const pinned = {
  version: "2.21.0",
  requirement: "tensorflow-cpu==2.21.0",
  wheelHash: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  files: {
    "libtensorflow_cc.so.2": "6505a4b9657e62100c6bdacb683957a395cb047725042945aaa50e40a71e429e",
    "libtensorflow_framework.so.2": "f060b323b26ef80add21b9df9428de3aeaf2843d772c5bb098745f7abff3709b",
  },
} as const;

export const libraryFiles = Object.keys(pinned.files);
const where = "tensorflow-setup";

export interface Library {
  readonly version: string;
  readonly folder: string;
}

/** Python's own client knows mirrors, proxies and certificates of the machine; the hash is checked by it and by us. */
function download(python: string, into: string): string {
  const requirements = join(into, "requirements.txt");
  writeFileSync(requirements, `${pinned.requirement} --hash=sha256:${pinned.wheelHash}\n`);
  const platform = ["--python-version=3.11", "--abi=cp311", "--implementation=cp", "--platform=manylinux_2_27_x86_64"];
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", ...platform, `--dest=${into}`];
  const rule = `${pinned.requirement} must be had from PyPI with ${python} -m pip`;
  const remedy = "Fetch the wheel elsewhere and name it with --from=FILE, or a folder of an installed one.";
  try {
    execFileSync(python, [...args, "--require-hashes", `--requirement=${requirements}`], {
      ...{ stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" },
    });
  } catch (cause) {
    const said = String((cause as { stderr?: string }).stderr || (cause as Error).message).trim();
    throw userError(where, rule, said.split("\n").at(-1), remedy, cause);
  }
  return join(into, `tensorflow_cpu-${pinned.version}-cp311-cp311-manylinux_2_27_x86_64.whl`);
}

const wanted = `
import sys, zipfile
wheel, out = sys.argv[1:]
root, headers = "tensorflow/", ("tensorflow/c/", "tensorflow/core/platform/ctstring", "tensorflow/tsl/platform/ctstring", "tsl/platform/ctstring", "xla/tsl/c/")
names = [root + "libtensorflow_cc.so.2", root + "libtensorflow_framework.so.2"]
with zipfile.ZipFile(wheel) as file:
    names += [n for n in file.namelist() if n.startswith(tuple(root + "include/" + h for h in headers))]
    for name in names:
        file.extract(name, out)
`;

function unpack(python: string, wheel: string, into: string): void {
  try {
    execFileSync(python, ["-c", wanted, wheel, into], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (cause) {
    const said = String((cause as { stderr?: Buffer }).stderr ?? cause).trim();
    throw userError(where, "the wheel must be whole", said.split("\n").at(-1), "Fetch it again.", cause);
  }
}

const isPinned = (folder: string): boolean =>
  Object.entries(pinned.files).every(([name, hash]) => {
    const path = join(folder, name);
    return existsSync(path) && fileHash(path) === hash;
  });

/** Throws   UserError where the file is not the published one */
function checkWheel(wheel: string): void {
  const found = fileHash(wheel);
  if (found === pinned.wheelHash) return;
  const remedy = `Fetch ${pinned.requirement} for Python 3.11 again; for another version, install it and give its folder.`;
  throw userError(where, `SHA-256 of the wheel must be ${pinned.wheelHash}`, `${found} (${wheel})`, remedy);
}

/** The library of `wheel`, or of the one that is fetched, below `root`; what is there and whole is left as it is. */
function placeWheel(root: string, python: string, wheel?: string): Library {
  const folder = resolve(root, "tensorflow", pinned.version);
  const library = { version: pinned.version, folder: join(folder, "tensorflow") };
  if (wheel) checkWheel(wheel);
  if (isPinned(library.folder)) return library;
  const temporary = mkdtempSync(join(tmpdir(), "sdtt-tensorflow-"));
  try {
    const source = wheel ?? download(python, temporary);
    if (!wheel) checkWheel(source);
    replaceFolder(folder, (into) => unpack(python, source, into));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return library;
}

const asked = `
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.TF_Version.restype = ctypes.c_char_p
print(library.TF_Version().decode())
`;

/** What the library itself says; in a process of its own, which a broken one ends. */
function versionOf(python: string, folder: string): string {
  const path = join(folder, libraryFiles[0] as string);
  const { status, signal, stdout, stderr } = spawnSync(python, ["-c", asked, path], { encoding: "utf8" });
  if (status === 0) return stdout.trim();
  const said = signal ?? stderr.trim().split("\n").at(-1);
  throw userError(where, "the library must load", `${said} (${path})`, `Install ${pinned.requirement} again.`);
}

const oldest = [2, 12] as const;

/** The library of an installed Python package, used where it lies: its graphics libraries are found from there. */
export function installedLibrary(python: string, folder: string): Library {
  const missing = [...libraryFiles, "include/tensorflow/c/c_api.h"].find((name) => !existsSync(join(folder, name)));
  if (missing) {
    const remedy = "Give the folder tensorflow/ of Python's site-packages, or the published wheel.";
    throw userError(where, `--from must hold ${missing}`, folder, remedy);
  }
  const version = versionOf(python, folder);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return { version, folder: resolve(folder) };
  const got = `${version} (${folder})`;
  throw userError(where, `TensorFlow must be ${oldest.join(".")} or newer`, got, `Install ${pinned.requirement}.`);
}

/** Throws   UserError where `from` is neither a wheel nor a folder, or holds no library that fits */
export function placeLibrary(root: string, python: string, from?: string): Library {
  if (from === undefined) return placeWheel(root, python);
  const found = statSync(from, { throwIfNoEntry: false });
  if (!found) throw userError(where, "--from must be there", from, "Check the path.");
  return found.isDirectory() ? installedLibrary(python, from) : placeWheel(root, python, from);
}

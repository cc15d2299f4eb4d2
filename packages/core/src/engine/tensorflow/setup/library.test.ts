import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { installedLibrary, libraryFiles, placeLibrary } from "./library.js";

const folder = mkdtempSync(join(tmpdir(), "tensorflow-setup-"));
afterAll(() => rmSync(folder, { recursive: true }));

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;

/** What an installed package would hold, with a library made by `make`. */
function installed(name: string, make: (path: string) => void): string {
  const path = join(folder, name);
  mkdirSync(join(path, "include/tensorflow/c"), { recursive: true });
  writeFileSync(join(path, "include/tensorflow/c/c_api.h"), "");
  for (const file of libraryFiles) make(join(path, file));
  return path;
}

const sayingVersion = (version: string) => (path: string) => {
  const source = `const char* TF_Version() { return "${version}"; }`;
  execFileSync("gcc", ["-x", "c", "-shared", "-fPIC", "-o", path, "-"], { input: source });
};

describe("a library of another's choice is refused in one line", () => {
  it("where there is none at --from", () => {
    expect(() => placeLibrary(folder, "python3", join(folder, "nowhere"))).toThrow(
      `tensorflow-setup: --from must be there, got ${join(folder, "nowhere")}. Check the path.`,
    );
  });

  it("where a wheel is not the published one, and nothing is written", () => {
    const wheel = join(folder, "cut.whl");
    writeFileSync(wheel, "half a wheel");
    const root = join(folder, "root");
    expect(() => placeLibrary(root, "python3", wheel)).toThrow(/SHA-256 of the wheel must be 2b847d21\w+, got \w+ \(/);
    expect(readdirSync(folder)).not.toContain("root");
  });

  it("where a folder holds no library", () => {
    mkdirSync(join(folder, "empty"));
    expect(() => placeLibrary(folder, "python3", join(folder, "empty"))).toThrow(
      "tensorflow-setup: --from must hold libtensorflow_cc.so.2, got",
    );
  });

  it("where the download fails", () => {
    expect(() => placeLibrary(folder, join(folder, "no-python"))).toThrow(
      /tensorflow-cpu==2\.21\.0 must be had from PyPI with .*no-python -m pip, got .* name it with --from=FILE/,
    );
  });

  it.skipIf(!has("python3"))("where its file is cut off", () => {
    const path = installed("cut", (file) => writeFileSync(file, "\x7fELF half a library"));
    expect(() => installedLibrary("python3", path)).toThrow(
      /^tensorflow-setup: the library must load, got .*(file too short|invalid ELF).*\. Install tensorflow-cpu==2\.21\.0 again\.$/,
    );
  });

  it.skipIf(!has("python3") || !has("gcc"))("where it is too old", () => {
    expect(() => installedLibrary("python3", installed("old", sayingVersion("2.9.1")))).toThrow(
      "tensorflow-setup: TensorFlow must be 2.12 or newer, got 2.9.1 (",
    );
  });
});

it.skipIf(!has("python3") || !has("gcc"))("takes an installed library where it lies", () => {
  const path = installed("new", sayingVersion("2.12.0"));
  expect(installedLibrary("python3", path)).toEqual({ version: "2.12.0", folder: path });
});

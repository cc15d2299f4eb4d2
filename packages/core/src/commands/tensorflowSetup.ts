/**
 * @file `core tensorflow-setup`: what tfjs-node's install script does, from where a library can be had.
 *
 * No other command needs it, and installing the project does not run it.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { z } from "zod";
import { userError } from "../base/errors.js";
import { defineCommand } from "../cli/command.js";
import { tensorflowPackages } from "../engine/tensorflow/addon.js";

const options = z.object({
  from: z
    .string()
    .optional()
    .describe("a wheel of TensorFlow, or an installed one's folder; default: fetch it from PyPI"),
  python: z.string().default("python3").describe("the Python whose pip fetches the wheel"),
  root: z.string().default(".sdtt").describe("where the library is kept, 0.9 GB: tensorflow/ in it"),
});

function packageFolder(): string {
  const require = createRequire(import.meta.url);
  for (const name of tensorflowPackages) {
    try {
      return dirname(require.resolve(`${name}/package.json`));
    } catch {
      // The other one may be installed.
    }
  }
  const remedy = "Run `npm install --no-save --ignore-scripts @tensorflow/tfjs-node@4.22.0`.";
  throw userError("tensorflow-setup", `one of ${tensorflowPackages.join(", ")} must be installed`, "neither", remedy);
}

export const tensorflowSetup = defineCommand({
  name: "tensorflow-setup",
  summary: "place a libtensorflow for @tensorflow/tfjs-node and build its addon",
  options,
  rules() {
    if (process.platform === "linux" && process.arch === "x64") return;
    const got = `${process.platform} ${process.arch}`;
    throw userError(
      "tensorflow-setup",
      "the machine must run Linux on x64",
      got,
      "Run tfjs-node's own install script.",
    );
  },
  async run({ from, python, root }) {
    const { placeLibrary } = await import("../engine/tensorflow/setup/library.js");
    const { buildAddon } = await import("../engine/tensorflow/setup/build.js");
    const folder = packageFolder();
    const library = placeLibrary(root, python, from);
    buildAddon(folder, library);
    process.stdout.write(`TensorFlow ${library.version} of ${library.folder} runs under ${folder}\n`);
  },
});

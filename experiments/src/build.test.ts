/**
 * @file A checkout builds itself before a command of it runs: what is missing or old, once, and nothing otherwise.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { folders } from "./commands.fixture.js";
import { repository } from "./programs.js";

let root: string;
const lock = () => join(root, "node_modules/.cache/sdtt-build");
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "build-"));
  const parts = Object.values(folders);
  // The smallest library, as its types are read for each part.
  const library = { lib: ["es5"], types: [], skipLibCheck: true };
  const places = { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/tsconfig.tsbuildinfo" };
  const compilerOptions = { composite: true, ...library, ...places };
  for (const part of parts) {
    write(`${part}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ["src"] }));
    write(`${part}/src/index.ts`, "export const answer = 1;\n");
  }
  write("tsconfig.json", JSON.stringify({ files: [], references: parts.map((path) => ({ path })) }));
  write("tsconfig.base.json", "{}");
  write("package.json", "{}");
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(repository, "node_modules/typescript"), join(root, "node_modules/typescript"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Builds as `sdtt` does, in a process of its own; resolves to what was said. */
function build(): Promise<string> {
  const module = pathToFileURL(join(repository, "experiments/bin/build.js")).href;
  const code = `import { buildIfNeeded } from ${JSON.stringify(module)};
    try { buildIfNeeded(${JSON.stringify(root)}, false); } catch (error) { process.stderr.write(error.message); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  return new Promise((resolve) => child.on("close", () => resolve(said)));
}

const built = () => readFileSync(join(root, "packages/eval/dist/index.js"), "utf8");
const once = "sdtt: building, as sources are newer than what was built\n";

it("a fresh checkout is built, and then nothing is to do", async () => {
  expect(await build()).toBe(once);
  expect(built()).toContain("answer = 1");
  expect(await build()).toBe("");
});

it("a changed source is built again; a changed test is not", async () => {
  await build();
  const later = new Date(Date.now() + 5000);
  write("packages/eval/src/index.test.ts", "");
  utimesSync(join(root, "packages/eval/src/index.test.ts"), later, later);
  expect(await build()).toBe("");
  write("packages/eval/src/index.ts", "export const answer = 2;\n");
  utimesSync(join(root, "packages/eval/src/index.ts"), later, later);
  expect(await build()).toBe(once);
  expect(built()).toContain("answer = 2");
});

it("errors are shown, and nothing is run", async () => {
  write("packages/core/src/index.ts", 'export const answer: number = "one";\n');
  expect(await build()).toMatch(/TS2322[\s\S]*the project must build, got the errors above/);
});

it("two processes at once build once", async () => {
  const said = await Promise.all([build(), build(), build()]);
  expect(said.sort()).toEqual(["", "", once]);
});

it("a builder that was killed is not waited for", async () => {
  const gone = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => gone.on("close", resolve));
  write("node_modules/.cache/sdtt-build/pid", String(gone.pid));
  expect(await build()).toBe(once);
  rmSync(join(root, "packages/eval/dist"), { recursive: true });
  rmSync(lock(), { recursive: true, force: true });
  mkdirSync(lock(), { recursive: true });
  const long = new Date(Date.now() - 60_000);
  utimesSync(lock(), long, long);
  expect(await build()).toBe(once);
});

it("packages that are not installed are named in one line", async () => {
  rmSync(join(root, "node_modules/typescript"));
  expect(await build()).toBe("its packages must be installed, got no compiler. Run npm ci.");
});

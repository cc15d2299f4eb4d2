/**
 * @file The packages as others have them: packed, unpacked in an empty folder elsewhere, and the examples run there.
 *
 * What the packages declare is linked from this checkout's modules, and nothing else is: an undeclared import fails. Rejected: `npm
 * install` of the tarballs, which would download half a gigabyte of engines that lie here.
 */
import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { openStore } from "@sdtt/core/store";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sdtt as inCheckout, userEnvironment } from "./nx.fixture.js";
import { repository } from "./programs.js";

const run = promisify(execFile);
const folders = ["packages/core", "packages/distill", "packages/eval", "packages/dashboard", "experiments"];
const place = mkdtempSync(join(tmpdir(), "packed-"));
const modules = join(place, "node_modules");
afterAll(() => rmSync(place, { recursive: true }));

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly private?: boolean;
  readonly license: string;
  readonly types?: string;
}
const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Where a dependency of a package lies in this checkout. */
const installedAt = (folder: string, name: string): string =>
  [join(repository, folder, "node_modules", name), join(repository, "node_modules", name)].find(existsSync) as string;

/** Packs a package and unpacks it where npm would; returns its files. */
async function install(folder: string): Promise<string[]> {
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", `--pack-destination=${place}`], {
    ...{ cwd: join(repository, folder), env: userEnvironment(), maxBuffer: 2 ** 26 },
  });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const { name, dependencies } = readManifest(join(repository, folder));
  const target = join(modules, name);
  mkdirSync(target, { recursive: true });
  await run("tar", ["-xzf", join(place, packed.filename), "--strip-components=1", "-C", target]);
  for (const other of Object.keys(dependencies).filter((one) => !one.startsWith("@sdtt/"))) {
    const [from, to] = [installedAt(folder, other), join(modules, other)];
    mkdirSync(dirname(to), { recursive: true });
    if (!existsSync(to)) symlinkSync(from, to, "junction");
  }
  return packed.files.map(({ path }) => path);
}

let files: Record<string, readonly string[]> = {};
beforeAll(async () => {
  // Whatever it says, it builds what is missing, the page too.
  await inCheckout(["dashboard:serve", "--help"]);
  for (const folder of folders) files = { ...files, [folder]: await install(folder) };
  const examples = join(repository, "examples");
  for (const name of readdirSync(examples)) copyFileSync(join(examples, name), join(place, name));
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
}, 900_000);

const sdtt = join(modules, "@sdtt/experiments/bin/sdtt.js");
const node = (...args: string[]) =>
  run(process.execPath, args, {
    cwd: place,
    env: { ...userEnvironment(), SDTT_ROOT: join(place, ".sdtt") },
    maxBuffer: 2 ** 26,
  });
const small = ["--engine=onnx", "--threads=2"];

/** What the store has. */
function stored() {
  const store = openStore(join(place, ".sdtt/sdtt.sqlite"), { readonly: true });
  try {
    return {
      evaluations: store.evaluations({ sampler: "any" }),
      rounds: store.runs().map(({ id }) => id),
      definitions: store.definitions(),
    };
  } finally {
    store.close();
  }
}

describe("a packed package", () => {
  it.each(folders)("of %s has its README, licence and types, and no sources, tests or leftovers", (folder) => {
    const own = files[folder] ?? [];
    expect(own).toEqual(expect.arrayContaining(["README.md", "LICENSE", "package.json"]));
    expect(own.some((path) => path.endsWith(".d.ts"))).toBe(true);
    expect(own.filter((path) => /^src\/|\.(test|fixture)\.|\.tsbuildinfo$|\.map$/.test(path))).toEqual([]);
    expect(readManifest(join(repository, folder))).toMatchObject({ license: "MIT" });
    expect(readManifest(join(repository, folder)).private).toBeUndefined();
  });
});

describe("the examples, where the packages are installed,", { timeout: 600_000 }, () => {
  it("are 25 lines at most", () => {
    const names = readdirSync(join(repository, "examples")).filter((name) => name.endsWith(".ts"));
    const lengths = names.map((name) => readFileSync(join(place, name), "utf8").trimEnd().split("\n").length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(25);
  });

  it("sample from a checkpoint", async () => {
    const { outputText } = ts.transpileModule(readFileSync(join(place, "sample.ts"), "utf8"), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    writeFileSync(join(place, "sample.js"), outputText);
    expect((await node("sample.js")).stdout).toMatch(/\w+ \w+[\s\S]*\n\(1[0-6] evaluations\)\n$/);
  });

  it("train by one's own divergence, go on with it, and show its curve by one's own sampler and metric", async () => {
    const own = ["--name=own", "--sequences=1", "--warmup=0", "--updates=1", "--no-evaluate", ...small];
    await node(sdtt, "round", ...own, "--divergence=ownDivergence.ts");
    expect((await node(sdtt, "round", "--name=own", "--no-evaluate", "--rounds=2")).stderr).toContain(
      "ownDivergence.ts#",
    );
    const curve = ["--checkpoint=.sdtt/runs/own", "--steps=2", "--samples=4", "--teacher=none", ...small];
    await node(sdtt, "curve", ...curve, "--sampler=ownSampler.ts", "--metrics=ownMetric.ts");
    const { evaluations, rounds, definitions } = stored();
    expect(rounds).toEqual(expect.arrayContaining(["own/round-1", "own/round-2"]));
    const drawn = evaluations.filter(({ sampler }) => sampler === "left-to-right@1");
    expect(drawn.map(({ metric }) => metric)).toEqual(expect.arrayContaining(["gen-ppl", "sentences"]));
    expect(definitions.find(({ metric }) => metric === "sentences")).toMatchObject({
      unit: "sentences",
      better: "none",
    });
  });

  it("train a denoiser of one's own architecture, distil it twice and draw its curve", async () => {
    const shape = ["--blocks=2", "--width=32", "--heads=2", "--length=32", "--vocab=300"];
    const short = ["--updates=2", "--sequences=2", "--warmup=0", ...small];
    const own = ["--name=mixer", "--architecture=ownArchitecture.ts", "--validation-batches=1"];
    await node(sdtt, "pretrain", ...own, ...shape, ...short);
    const rounds = ["--name=mixed", "--teacher=.sdtt/runs/mixer", "--rounds=2", "--no-evaluate"];
    await node(sdtt, "round", ...rounds, ...short);
    const drawn = ["--checkpoint=.sdtt/runs/mixed", "--steps=2", "--samples=4", "--teacher=none", ...small];
    expect((await node(sdtt, "curve", ...drawn)).stdout).toContain("gen-PPL, student, round 2, ema");
  });

  it("sweep over one's own divergence, and show it on a page of one file", async () => {
    await node(sdtt, "sweep", "--spec=ownDivergence.experiment.ts");
    await node(sdtt, "dashboard:report", "--experiment=own-divergence", "--out=page.html");
    const page = readFileSync(join(place, "page.html"), "utf8");
    expect(page).toContain("ownDivergence.ts");
  });
});

/**
 * @file The rooms of each package: which may use which, none too full, and no file that comes round to itself.
 *
 * A room may use those before it. What lies beside the rooms (`index.ts`, programs) puts them together and may use all;
 * tests may too.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { circles, folderSizes, importsIn, type Source, sourcesOf } from "./census/sources.js";

const root = join(import.meta.dirname, "../..");

/** In the order in which they may use each other; what none of the others needs comes last. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "packages/core": [
    ...[
      "base",
      "statistics",
      "report",
      "files",
      "workspace",
      "cli",
      "store",
      "forecast",
      "sweep",
      "text",
      "engine",
      "nn",
      "model",
      "checkpoint",
    ],
    ...["optim", "diffusion", "sampler", "plan", "commands"],
  ],
  "packages/distill": ["training", "runs", "method", "commands"],
  "packages/eval": ["record", "judge", "shards", "metrics", "samples", "calibration", "findings", "report", "commands"],
  "packages/dashboard": ["html", "charts", "read", "report", "protocol.ts", "server", "generate", "web"],
  experiments: [
    ...[
      "programs.ts",
      "bundle.ts",
      "files",
      "external",
      "spec",
      "cells",
      "claims",
      "default",
      "methods",
      "stage",
      "sweep",
      "launchers",
    ],
    ...["assets", "bench", "card", "chaos", "parity", "studies", "fuzz", "intervals", "census", "commands"],
  ],
};
const fullest = 20;

const isUnder = (project: string) => (file: Source) => file.path.startsWith(`${project}/`) && !file.isTest;

function roomOf(project: string, path: string): { readonly name: string; readonly at: number } {
  const [name = "", ...rest] = path.slice(`${project}/src/`.length).split("/");
  const at = (rooms[project] as readonly string[]).indexOf(name);
  return { name, at: at < 0 && rest.length === 0 ? Number.POSITIVE_INFINITY : at };
}

/** What each file imports from a room that it may not use, one sentence each. */
function upward(project: string, files: readonly Source[]): string[] {
  return [...importsIn(files)].flatMap(([path, targets]) => {
    const from = roomOf(project, path);
    return targets.flatMap((target) => {
      const to = roomOf(project, target);
      if (from.at === to.at || to.at < from.at) return [];
      return [`${path} imports ${target}: ${from.name} comes before ${to.name}`];
    });
  });
}

const source = (path: string, text = ""): Source => ({ path, text, isTest: false });

describe.each(Object.keys(rooms))("%s", (project) => {
  const files = sourcesOf(root).filter(isUnder(project));

  it("has no room but those that are in its order", () => {
    const there = files.map(({ path }) => path.slice(`${project}/src/`.length)).filter((path) => path.includes("/"));
    const names = [...new Set(there.map((path) => path.slice(0, path.indexOf("/"))))];
    expect(names.filter((name) => !rooms[project]?.includes(name))).toEqual([]);
  });

  it("uses only rooms that come before", () => {
    expect(upward(project, files)).toEqual([]);
  });

  it("has no file that imports itself through others", () => {
    expect(circles(importsIn(files))).toEqual([]);
  });

  it(`has at most ${fullest} sources beside each other`, () => {
    expect([...folderSizes(files)].filter(([, count]) => count > fullest)).toEqual([]);
  });
});

describe("what is refused", () => {
  it("is a room that uses a later one, or what puts the rooms together", () => {
    const files = [
      source("packages/core/src/nn/a.ts", 'import { x } from "../sampler/b.js";\nimport "../index.js";'),
      source("packages/core/src/sampler/b.ts", 'import type { Y } from "../nn/a.js";'),
      source("packages/core/src/index.ts", 'export * from "./sampler/b.js";'),
    ];
    expect(upward("packages/core", files)).toEqual([
      "packages/core/src/nn/a.ts imports packages/core/src/sampler/b.ts: nn comes before sampler",
      "packages/core/src/nn/a.ts imports packages/core/src/index.ts: nn comes before index.ts",
    ]);
  });

  it("is a circle, however long, once", () => {
    const link = (from: string, to: string) => source(`experiments/src/${from}.ts`, `import "./${to}.js";`);
    const graph = importsIn([link("a", "b"), link("b", "c"), link("c", "b"), link("d", "a"), link("e", "e")]);
    expect(circles(graph)).toEqual([["experiments/src/b.ts", "experiments/src/c.ts"]]);
  });
});

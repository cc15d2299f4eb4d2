/** @file The list of metrics: the folder's files, and modules that a user names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitionOf, definitionRow } from "./contract.js";
import { builtinMetrics, builtinSets, figureNamed, figuresOfSet, metricsWith } from "./registry.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "registry-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function module(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const figure = 'version: 1, what: "letters", unit: "letters", scale: "linear", better: "none", errorOver: "samples"';
const good = `export default { needs: "samples", figures: [{ name: "letters", ${figure} }], measure: () => ({}) };`;

describe("the project's own metrics", () => {
  it("are those of the folder, each figure once and under the definition that stores have", () => {
    const figures = builtinMetrics.flatMap((metric) => metric.figures);
    const definitions = figures.map(definitionOf);
    expect(new Set(definitions).size).toBe(definitions.length);
    expect(definitions).toEqual(
      expect.arrayContaining([
        ...["distinct-1-words@1", "distinct-2-words@1", "self-bleu-4-words@1"],
        ...["repeated-4-tokens@1", "tokens-to-end-of-text@1"],
      ]),
    );
    expect(() => figureNamed("none")).toThrow(RangeError);
  });

  it("say of their numbers what the store keeps of a definition", () => {
    expect(definitionRow(figureNamed("self-bleu"))).toMatchObject({
      ...{ definition: "self-bleu-4-words@1", metric: "self-bleu", better: "none" },
      ...{ scale: "linear", errorOver: "samples", dependsOnN: true },
    });
    expect(definitionRow(figureNamed("length")).dependsOnN).toBe(false);
  });
});

describe("the project's own sets", () => {
  it("are those of the folder, and their figures have the definitions of their newest versions", () => {
    expect(builtinSets.map(({ name }) => name).sort()).toEqual([
      ...["arc-challenge", "arc-easy", "hellaswag", "lambada", "last-word", "piqa", "ptb", "wikitext2", "winogrande"],
    ]);
    const definitions = builtinSets.flatMap(figuresOfSet).map(definitionOf);
    expect(definitions).toEqual(
      expect.arrayContaining([
        ...["last-word-accuracy@2", "last-word-ppl@2", "last-word-ppl-bound@3", "lambada-ppl@1", "lambada-ppl-bound@2"],
        ...["wikitext2-ppl@2", "wikitext2-ppl-bound@2", "wikitext2-bits-per-byte@2", "wikitext2-bits-per-byte-bound@2"],
        ...[
          "ptb-ppl@1",
          "ptb-ppl-bound@2",
          "ptb-bits-per-byte-bound@2",
          "arc-easy-accuracy@2",
          "piqa-accuracy-per-byte@2",
        ],
      ]),
    );
  });
});

describe("a metric of one's own", () => {
  it("may be a set of data", async () => {
    const text = `export default { needs: "dataset", name: "mine", figures: () => [{ name: "mine-accuracy", ${figure} }], open() {} };`;
    const { sets } = await metricsWith([module("set.mjs", text)]);
    expect(sets.map(({ name }) => name)).toEqual([...builtinSets.map(({ name }) => name), "mine"]);
  });

  it("is a module whose default export is one", async () => {
    const { metrics } = await metricsWith([module("good.mjs", good)]);
    expect(metrics.slice(builtinMetrics.length).flatMap((metric) => metric.figures.map(definitionOf))).toEqual([
      "letters@1",
    ]);
  });

  it.each([
    ["none.mjs", "export const x = 1;", "the module must give a metric, got default: "],
    ["syntax.mjs", "export default {", "the module must load"],
    ["needs.mjs", good.replace("samples", "tea leaves"), "got needs: "],
    ["version.mjs", good.replace("version: 1", "version: 0"), "got figures.0.version: "],
    ["taken.mjs", good.replace("letters", "self-bleu"), "must have a name and a definition of its own, got self-bleu"],
  ])("is refused by name where it is not: %s", async (name, text, message) => {
    await expect(metricsWith([module(name, text)])).rejects.toThrow(message);
  });

  it("is refused where there is no such file", async () => {
    await expect(metricsWith([join(folder, "absent.mjs")])).rejects.toThrow(
      /^metric .*absent\.mjs: the module must load/,
    );
  });
});

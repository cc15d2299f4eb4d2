/** @file A divergence of one's own, from a file: a run is trained by it, remembers it, and knows it by its content. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadWeights } from "@sdtt/core/checkpoint";
import { afterAll, expect, it } from "vitest";
import { placeForCommands } from "../inProcess.fixture.js";

const { begin, rounds, stateOf, newest, at } = placeForCommands();

/** Where a file finds the packages that it imports. */
const cache = join(import.meta.dirname, "../../../../node_modules/.cache");
mkdirSync(cache, { recursive: true });
const beside = mkdtempSync(join(cache, "own-"));
afterAll(() => rmSync(beside, { recursive: true }));

const write = (name: string, scale: string): string => {
  const path = join(beside, name);
  const body = `(s: tf.Tensor, t: tf.Tensor) => tf.sum(tf.mul(tf.exp(s), tf.sub(s, t)), -1)${scale}`;
  writeFileSync(path, `import * as tf from "@tensorflow/tfjs-core";\nexport default ${body};\n`);
  return path;
};
const studentOf = (name: string) => loadWeights(newest(name, 1), "model");

it("trains as the project's own of the same formula does", async () => {
  const path = write("same.mts", "");
  expect(await begin("named")).toMatchObject({ code: 0 });
  expect((await begin("own", `--divergence=${path}`)).code).toBe(0);
  expect(studentOf("own")).toEqual(studentOf("named"));
  expect((stateOf("own", 1) as { config: { divergence: string } }).config.divergence).toMatch(
    /same\.mts#[0-9a-f]{12}$/,
  );
});

it("is remembered by the next round, wherever the file lies, and no longer where it was changed", async () => {
  const path = write("mine.mts", "");
  await begin("later", `--divergence=${path}`);
  const copy = write("moved.mts", "");
  expect(await rounds("--name=later", `--divergence=${copy}`)).toMatchObject({ code: 0 });
  write("moved.mts", " as tf.Tensor");
  const { code, err } = await rounds("--name=later");
  expect([code, err.split("\n").length]).toEqual([1, 2]);
  expect(err).toContain("divergence: moved.mts must be as it was (");
});

it.each([
  ["none.mts", "the file must be one that can be read, got "],
  [
    "nothing",
    "divergence must be one of reverse-kl, forward-kl, total-variation, log-mse, jensen-shannon, or a file of your own",
  ],
])("is refused in one line as %s", async (text, message) => {
  const { code, err } = await begin("refused", `--divergence=${text}`);
  expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  expect(at("root")).toBeDefined();
});

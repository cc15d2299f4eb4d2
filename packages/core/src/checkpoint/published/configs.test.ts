/**
 * @file Configurations as they were written over the years: by old versions, by Windows, by hand.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { PublishedName } from "./format.js";
import {
  denoiser,
  denoiserFile,
  gpt2Config,
  judge,
  mdlmConfig,
  prefixed,
  sdttConfig,
  weightsOf,
  writeFolder,
} from "./published.fixture.js";
import { publishedArchitecture, readPublished } from "./read.js";

const root = mkdtempSync(join(tmpdir(), "configs-test-"));
afterAll(() => rmSync(root, { recursive: true }));
const folder = join(root, "model");
beforeEach(() => rmSync(folder, { recursive: true, force: true }));

const without = (config: object, ...keys: string[]) =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
const gpt2File = prefixed("transformer.", weightsOf(judge));

describe("GPT-2", () => {
  it.each<[string, object, PublishedName | "auto"]>([
    ["n_ctx alone", without(gpt2Config, "n_positions"), "auto"],
    ["n_positions alone", without(gpt2Config, "n_ctx"), "auto"],
    ["neither: the tensors say", without(gpt2Config, "n_positions", "n_ctx"), "auto"],
    ["no vocab_size: the tensors say", without(gpt2Config, "vocab_size"), "auto"],
    ["architectures and no model_type", without(gpt2Config, "model_type"), "auto"],
    ["GPT2Model for its architecture", { ...without(gpt2Config, "model_type"), architectures: ["GPT2Model"] }, "auto"],
    ["no model_type, asked for by name", without(gpt2Config, "model_type", "architectures"), "gpt2"],
    ["no model_type, n_ctx alone", without(gpt2Config, "model_type", "n_positions", "architectures"), "gpt2"],
  ])("is read from a config with %s", (_, config, format) => {
    expect(readPublished(writeFolder(folder, config, gpt2File), format).model).toEqual(judge);
    expect(publishedArchitecture(folder, format)).toEqual(judge);
  });

  it("is refused by a config that says another length or vocabulary than its tensors", () => {
    writeFolder(folder, { ...gpt2Config, n_positions: undefined, n_ctx: 7 }, gpt2File);
    expect(() => readPublished(folder)).toThrow(
      "wpe.weight must be F32, F16 or BF16 [7,8], by config.json, got F32 [6,8]",
    );
  });

  it("is planned for before its weights are there", () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "config.json"), JSON.stringify(without(gpt2Config, "n_positions")));
    expect(publishedArchitecture(folder, "gpt2")).toEqual(judge);
  });
});

it.each<[string, object, PublishedName | "auto"]>([
  ["MDLM by its architectures", without(mdlmConfig, "model_type"), "auto"],
  ["MDLM asked for by name", without(mdlmConfig, "model_type", "architectures"), "mdlm"],
  ["SDTT", sdttConfig, "auto"],
])("%s is read without model_type", (_, config, format) => {
  expect(readPublished(writeFolder(folder, config, denoiserFile()), format).model).toEqual(denoiser);
});

it("another architecture is refused, also when one of ours is asked for", () => {
  writeFolder(folder, { ...gpt2Config, model_type: "opt" }, gpt2File);
  for (const [format, rule] of [
    ["auto", "one of mdlm, sdtt, gpt2"],
    ["gpt2", "gpt2's"],
  ] as const) {
    const message = `the architecture must be ${rule}, got model_type "opt"`;
    expect(() => readPublished(folder, format)).toThrow(message);
  }
  writeFolder(folder, { architectures: ["OPTForCausalLM"] }, gpt2File);
  expect(() => readPublished(folder)).toThrow("got a config.json without model_type");
});

const text = JSON.stringify(gpt2Config);
const utf16 = (little: boolean) => {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return little ? bytes : bytes.swap16();
};

it.each<[string, Buffer]>([
  ["a byte-order mark", Buffer.from(`\ufeff${text}`)],
  [
    "a byte-order mark and Windows' line ends",
    Buffer.from(`\ufeff${JSON.stringify(gpt2Config, null, 2)}`.replaceAll("\n", "\r\n")),
  ],
  ["spaces around", Buffer.from(`\n\t ${text} \r\n`)],
])("a config with %s is read", (_, bytes) => {
  writeFolder(folder, gpt2Config, gpt2File);
  writeFileSync(join(folder, "config.json"), bytes);
  expect(readPublished(folder).model).toEqual(judge);
});

it.each<[string, Buffer, RegExp]>([
  ["UTF-16, little end first", utf16(true), /must be readable JSON, got UTF-16 text \(.*\)\. Save it as UTF-8\.$/],
  ["UTF-16, big end first", utf16(false), /must be readable JSON, got UTF-16 text \(.*\)\. Save it as UTF-8\.$/],
  ["Latin-1", Buffer.from(text.replace("{", '{"by":"Andr\xe9",'), "latin1"), /got bytes that are not UTF-8/],
  ["nothing", Buffer.alloc(0), /got an empty file/],
  ["zeros", Buffer.alloc(64), /got zeros/],
  ["NaN", Buffer.from(text.replace("1e-05", "NaN").replace("0.00001", "NaN")), /must be readable JSON/],
])("a config of %s is refused in one line that names it", (_, bytes, message) => {
  writeFolder(folder, gpt2Config, gpt2File);
  writeFileSync(join(folder, "config.json"), bytes);
  expect(() => readPublished(folder)).toThrow(message);
  expect(() => readPublished(folder)).not.toThrow(/\n|\ufeff/);
});

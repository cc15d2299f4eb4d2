/**
 * @file Every way in which a download goes wrong, in the place of every file of a model: one line that says what it is.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { loadCheckpoint, saveCheckpoint } from "../checkpoint/layout.js";
import { denoiserFile, mdlmConfig, writeFolder, writeShards } from "../checkpoint/published/published.fixture.js";
import { readPublished } from "../checkpoint/published/read.js";
import { readSafetensors } from "../checkpoint/safetensors/safetensors.js";
import { loadTokenizer } from "../text/tokenizer/tokenizer.js";
import { assetPath } from "../workspace/assets.js";
import { mistakenFor } from "./mistaken.js";

const folder = mkdtempSync(join(tmpdir(), "mistaken-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = join(folder, "model");
beforeEach(() => rmSync(model, { recursive: true, force: true }));

const oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
const wrong: Readonly<Record<string, readonly [content: Buffer, got: string]>> = {
  "a Git LFS pointer": [
    Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 3247159078\n`),
    "a Git LFS pointer",
  ],
  "a git-annex pointer": [Buffer.from(`/annex/objects/SHA256E-s123--${oid}.safetensors\n`), "a git-annex pointer"],
  "a web page": [Buffer.from("<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>"), "a web page"],
  "a web page without doctype": [Buffer.from("\r\n <HTML lang=en><body>Sign in</body></HTML>"), "a web page"],
  "a web page with a byte-order mark": [Buffer.from("\ufeff<html></html>"), "a web page"],
  "a bucket's refusal": [
    Buffer.from('<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>'),
    "an XML answer of a server",
  ],
  "the hub's refusal": [Buffer.from("Entry not found"), "a server's refusal"],
  "a wrong password": [Buffer.from("Invalid username or password."), "a server's refusal"],
  "a zip archive": [Buffer.from("PK\x03\x04archive/data.pkl", "latin1"), "a zip archive"],
  "a pickle": [Buffer.from("\x80\x02}q\x00(X\x0a\x00\x00\x00", "latin1"), "a Python pickle"],
  "a GGUF file": [Buffer.from("GGUF\x03\x00\x00\x00\x00\x00", "latin1"), "a GGUF file"],
  "an HDF5 file": [Buffer.from("\x89HDF\r\n\x1a\n________", "latin1"), "an HDF5 file"],
  "a gzip file": [Buffer.from("1f8b0800000000000003abae05004391bf4202000000", "hex"), "a gzip file"],
  nothing: [Buffer.alloc(0), "an empty file"],
  zeros: [Buffer.alloc(4096), "zeros"],
};
const kinds = Object.keys(wrong);

/** The files of a model's folder, and what reads each. */
const places: Readonly<Record<string, () => unknown>> = {
  "model.safetensors": () => readPublished(writeFolder(model, mdlmConfig, denoiserFile())),
  "config.json": () => readPublished(writeFolder(model, mdlmConfig, denoiserFile())),
  "model.safetensors.index.json": () => readPublished(writeShards(model, mdlmConfig, denoiserFile())),
  "model-00001-of-00002.safetensors": () => readPublished(writeShards(model, mdlmConfig, denoiserFile())),
  "state.json": () => {
    saveCheckpoint(model, { model: denoiserFile(), state: { run: "r" } });
    return loadCheckpoint(model);
  },
  "tokenizer.json": () => {
    mkdirSync(model, { recursive: true });
    copyFileSync(join(assetPath("teacher"), "tokenizer.json"), join(model, "tokenizer.json"));
    return loadTokenizer(model);
  },
};
let current = "";
const again = (): unknown => {
  if (current === "tokenizer.json") return loadTokenizer(model);
  return current === "state.json" ? loadCheckpoint(model) : readPublished(model);
};

describe.each(Object.keys(places))("%s", (name) => {
  it.each(kinds)("that is %s is named", (kind) => {
    current = name;
    places[name]?.();
    const [content, got] = wrong[kind] as readonly [Buffer, string];
    writeFileSync(join(model, name), content);
    expect(again).toThrow(UserError);
    expect(again).toThrow(`got ${got}`);
    expect(again).not.toThrow(/\n/);
  });

  it("that is right is never taken for something else", () => {
    expect(places[name]?.()).toBeDefined();
  });
});

it("a safetensors file cut off anywhere is one line, never a hang or a defect", () => {
  writeFolder(model, mdlmConfig, denoiserFile());
  const path = join(model, "model.safetensors");
  for (const size of [0, 1, 7, 8, 9, 100, 1000, 5000]) {
    writeFolder(model, mdlmConfig, denoiserFile());
    truncateSync(path, size);
    expect(() => readSafetensors(path), `${size} bytes`).toThrow(UserError);
  }
});

it("a tensor's bytes may be anything: only what does not read is looked at", () => {
  expect(mistakenFor(Buffer.from("{}"))).toBeUndefined();
  expect(mistakenFor(Buffer.from("some text"))).toBeUndefined();
});

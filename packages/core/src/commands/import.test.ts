/** @file `core import` as a command: what lands where, and what is said. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { openStandIn } from "../checkpoint/hub/standIn.fixture.js";
import { loadCheckpoint, readCheckpointState } from "../checkpoint/layout.js";
import {
  denoiser,
  denoiserFile,
  gpt2Config,
  judge,
  mdlmConfig,
  sdttConfig,
  weightsOf,
  writeFolder,
} from "../checkpoint/published/published.fixture.js";
import { weightsHash } from "../checkpoint/safetensors/safetensors.js";
import { fileHash } from "../files/fileHash.js";
import { modelParameters } from "../model/presets.js";
import { initialise } from "../nn/params.js";
import { loadTokenizer } from "../text/tokenizer/tokenizer.js";
import { at, core, root, tokenizer, withPublished } from "./commands.fixture.js";

withPublished();

describe("import", () => {
  it("makes a checkpoint that records where it came from, file by file", async () => {
    const { code, out } = await core("import", `--source=${at("mdlm")}`, `--out=${at("one")}`);
    expect(code).toBe(0);
    const { model, state, hash } = loadCheckpoint(at("one"));
    expect(hash).toBe(weightsHash(weightsOf(denoiser)));
    expect(model).toEqual(weightsOf(denoiser));
    expect(state).toMatchObject({ stage: "import", run: "mdlm", round: 0, lineage: [], model: denoiser, update: 0 });
    expect(state.origin).toEqual({
      format: "mdlm",
      source: at("mdlm"),
      files: {
        "config.json": fileHash(at("mdlm/config.json")),
        "model.safetensors": fileHash(at("mdlm/model.safetensors")),
      },
      dropped: { "backbone.rotary_emb.inv_freq": "rotary frequencies, computed here" },
    });
    expect(out).toMatch(
      /backbone\.blocks\.0…1\.attn_qkv\.weight {2,}blocks\.0…1\.attn_qkv\.weight {2,}\[48,16] {2,}F32/,
    );
    expect(out).toMatch(/mdlm: 0\.01M parameters, 2 blocks, \d+ tensors of F32, 1 dropped/);
    expect(out).toContain("no tokenizer came with it");
  });

  it("puts the tokenizer beside the checkpoint: the source's own, or the one given", async () => {
    const model = { ...denoiser, vocabSize: tokenizer.vocabSize + 1 };
    const weights = initialise(modelParameters(model), 1);
    const source = writeFolder(at("with"), { ...mdlmConfig, vocab_size: model.vocabSize }, weights);
    await core("import", `--source=${source}`, `--out=${at("given")}`, `--tokenizer=${at("tokenizer.json")}`);
    expect(loadTokenizer(at("given")).hash).toBe(tokenizer.hash);
    expect(readCheckpointState(at("given")).state.tokenizerHash).toBe(tokenizer.hash);
    tokenizer.save(join(source, "tokenizer.json"));
    const { out } = await core("import", `--source=${source}`, `--out=${at("own")}`, "--name=mine");
    expect(out).not.toContain("no tokenizer");
    expect(readCheckpointState(at("own")).state).toMatchObject({ tokenizerHash: tokenizer.hash, run: "mine" });
  });

  it("takes a folder's word for no variant but its own, and counts its round", async () => {
    const source = writeFolder(at("sdtt"), sdttConfig, denoiserFile());
    await core("import", `--source=${source}`, `--out=${at("student")}`, "--variant=tvd-3");
    expect(readCheckpointState(at("student")).state).toMatchObject({ round: 3, origin: { variant: "tvd-3" } });
  });

  it.each([
    ["an existing --out", () => [`--source=${at("mdlm")}`, `--out=${at("mdlm")}`], "--out must not exist yet, got"],
    ["a source that is not there", () => ["--source=nowhere", `--out=${at("x")}`], "got nowhere, which is not there"],
    ["no source", () => [`--out=${at("x")}`], "source must be given, got nothing"],
    [
      "another format",
      () => [`--source=${at("mdlm")}`, `--out=${at("x")}`, "--format=gpt2"],
      "the architecture must be gpt2's, got mdlm",
    ],
    [
      "a tokenizer of another size",
      () => [`--source=${at("mdlm")}`, `--out=${at("x")}`, `--tokenizer=${at("tokenizer.json")}`],
      "the tokenizer must have 12 ids, got 258. Give the one that the model was trained with",
    ],
    [
      "a tokenizer that is not there",
      () => [`--source=${at("mdlm")}`, `--out=${at("x")}`, "--tokenizer=none.json"],
      "the tokenizer must be there, got none.json (flag --tokenizer)",
    ],
    [
      "an unknown variant",
      () => [`--source=${at("mdlm")}`, `--out=${at("x")}`, "--variant=kld-8"],
      "--variant must name one of SDTT's published models, got kld-8. Give kld-1 to kld-7",
    ],
    ["a name that is no repository", () => ["--source=hf:a/b/c", `--out=${at("x")}`], "as hf:owner/name@revision"],
    [
      "a variant and a revision",
      () => ["--source=hf:a/b@main", "--variant=kld-1", `--out=${at("x")}`],
      "--variant stands for a revision, and goes without one",
    ],
  ])("refuses %s in one line, and leaves nothing", async (_, args, message) => {
    const { code, out, err } = await core("import", ...args());
    expect(err).toContain(message);
    expect([code, out, existsSync(at("x"))]).toEqual([1, "", false]);
  });

  it("refuses a PyTorch file given by itself, with the way to convert it", async () => {
    writeFileSync(at("last.ckpt"), "");
    const { code, err } = await core("import", `--source=${at("last.ckpt")}`, `--out=${at("x")}`);
    expect([code, err]).toEqual([1, expect.stringContaining("got last.ckpt, a PyTorch file. Convert it once")]);
  });

  it("leaves nothing where the weights are refused", async () => {
    const file = denoiserFile();
    const source = writeFolder(at("spoiled"), { ...mdlmConfig, n_blocks: 1 }, file);
    const { code } = await core("import", `--source=${source}`, `--out=${at("x")}`);
    expect([code, existsSync(at("x")), readdirSync(root).some((name) => name.startsWith("x."))]).toEqual([
      1,
      false,
      false,
    ]);
  });
});

describe("import from the hub", () => {
  const held = (folder: string) =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));

  it("resolves a variant to its revision, records the commit, and needs no connection the second time", async () => {
    const hub = await openStandIn(held(writeFolder(at("hub-sdtt"), sdttConfig, denoiserFile())));
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    const args = ["--source=hf:owner/name", "--variant=kld-7", `--cache=${at("cache")}`];
    try {
      const { code } = await core("import", ...args, `--out=${at("kld")}`);
      expect(code).toBe(0);
    } finally {
      await hub.close();
    }
    const { state, hashes } = readCheckpointState(at("kld"));
    expect(state).toMatchObject({ run: "name-kld-7", round: 7 });
    expect(state.origin).toMatchObject({
      ...{ format: "sdtt", source: "hf:owner/name", revision: "baselines_kld_step_70000", variant: "kld-7" },
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect((await core("import", ...args, `--out=${at("again")}`)).code).toBe(0);
    expect(readCheckpointState(at("again")).hashes).toEqual(hashes);
  });

  it("takes a tokenizer from another repository", async () => {
    const model = { ...judge, vocabSize: 300 };
    const folder = writeFolder(
      at("hub-gpt2"),
      { ...gpt2Config, vocab_size: 300 },
      initialise(modelParameters(model), 1),
    );
    tokenizer.save(join(folder, "tokenizer.json"));
    const hub = await openStandIn(held(folder));
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    rmSync(join(folder, "tokenizer.json"));
    try {
      const args = [`--source=${folder}`, "--tokenizer=hf:owner/name", `--cache=${at("cache-2")}`];
      expect((await core("import", ...args, `--out=${at("gpt2")}`)).code).toBe(0);
    } finally {
      await hub.close();
    }
    expect(loadTokenizer(at("gpt2")).hash).toBe(tokenizer.hash);
    expect(hub.asked.some(({ url }) => url.includes("/resolve/") && url.endsWith("model.safetensors"))).toBe(false);
  });
});

/**
 * @file `core import` and `core export` as commands: what lands where, and what is said.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openStandIn } from "../checkpoint/hub/standIn.fixture.js";
import { loadCheckpoint, readCheckpointState, saveCheckpoint } from "../checkpoint/layout.js";
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
import { runCli } from "../cli/index.js";
import { fileHash } from "../files/fileHash.js";
import { modelParameters } from "../model/presets.js";
import { initialise } from "../nn/params.js";
import { loadTokenizer, type Tokenizer } from "../text/tokenizer/tokenizer.js";
import { trainTokenizer } from "../text/tokenizer/train.js";
import { exportCheckpoint } from "./export.js";
import { importCheckpoint } from "./import.js";

const root = mkdtempSync(join(tmpdir(), "import-test-"));
const at = (name: string) => join(root, name);
let tokenizer: Tokenizer;
beforeAll(() => {
  tokenizer = trainTokenizer(["and the light was good over the water ".repeat(40)], 258);
  tokenizer.save(at("tokenizer.json"));
  writeFolder(at("mdlm"), mdlmConfig, denoiserFile());
});
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Runs a command; exit code, what went to stdout, and the last line of stderr. */
async function core(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.out += text;
    return true;
  });
  const err = { write: (text: string) => (written.err += text) };
  const code = await runCli("core", [importCheckpoint, exportCheckpoint], args, { out: process.stdout, err });
  return { code, out: written.out, err: written.err.trim().split("\n").at(-1) ?? "" };
}

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

describe("export", () => {
  const saved = (name: string, model: typeof denoiser | typeof judge) => {
    const state = { run: "r", round: 2, update: 5, model, tokenizerHash: "", lineage: ["a"] };
    saveCheckpoint(at(name), {
      model: weightsOf(model, 1),
      ema: weightsOf(model, 2),
      optimizer: weightsOf(model),
      state,
    });
    return at(name);
  };

  it.each([
    ["mdlm", denoiser],
    ["sdtt", denoiser],
    ["gpt2", judge],
    ["sdtt-ts", denoiser],
  ] as const)("as %s, then import, gives the same bytes, those of the student", async (format, model) => {
    const from = saved(`from-${format}`, model);
    const [out, back] = [at(`out-${format}`), at(`back-${format}`)];
    expect(await core("export", `--checkpoint=${from}`, `--out=${out}`, `--format=${format}`)).toMatchObject({
      code: 0,
    });
    expect(await core("import", `--source=${out}`, `--out=${back}`)).toMatchObject({ code: 0 });
    expect(fileHash(join(back, "model.safetensors"))).toBe(fileHash(join(from, "ema.safetensors")));
    expect(readCheckpointState(back).state.model).toEqual(model);
  });

  it("keeps a checkpoint's lineage in our own layout, without the optimizer", async () => {
    const from = saved("from-own", denoiser);
    await core("export", `--checkpoint=${from}`, `--out=${at("slim")}`, "--format=sdtt-ts");
    expect(readdirSync(at("slim")).sort()).toEqual(["README.md", "model.safetensors", "state.json"]);
    await core("import", `--source=${at("slim")}`, `--out=${at("slim-2")}`);
    expect(readCheckpointState(at("slim-2")).state).toMatchObject({
      round: 2,
      lineage: ["a"],
      origin: { format: "sdtt-ts" },
    });
  });

  it("writes EMA weights, half precision, shards and the tokenizer when asked", async () => {
    const from = saved("from-ema", denoiser);
    tokenizer.save(join(from, "tokenizer.json"));
    const flags = ["--format=mdlm", "--weights=ema", "--dtype=bf16", "--max-shard-size=5KB"];
    const { code, out } = await core("export", `--checkpoint=${from}`, `--out=${at("half")}`, ...flags);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`(ema, its student) ${weightsHash(weightsOf(denoiser, 2)).slice(0, 12)} as mdlm, bf16`),
    ]);
    expect(readdirSync(at("half"))).toContain("model.safetensors.index.json");
    expect(loadTokenizer(at("half")).hash).toBe(tokenizer.hash);
    expect(JSON.parse(readFileSync(at("half/config.json"), "utf8")).torch_dtype).toBe("bfloat16");
  });

  /** A student below a root in whose data its tokenizer lies, as a round leaves it. */
  const trained = (root: string) => {
    const model = { ...denoiser, vocabSize: tokenizer.vocabSize + 1 };
    const config = { name: "mine", divergence: "reverse-kl", source: "/home/me/secret plans", judge: "hf:a/b" };
    const state = {
      ...{ stage: "round", run: "mine", round: 2, update: 5, updates: 5, seed: 7, dt: 1 / 16, model, config },
      ...{
        tokenizerHash: tokenizer.hash,
        corpusHash: "c",
        lineage: ["first", "second"],
        commit: "abc",
        engine: "onnx",
      },
      text: { source: "embedded", data: join(root, "data/x") },
    };
    mkdirSync(join(root, "data/x"), { recursive: true });
    tokenizer.save(join(root, "data/x/tokenizer.json"));
    const folder = join(root, "runs/mine/round-2/checkpoints/update-00000005");
    const weights = initialise(modelParameters(model), 3);
    saveCheckpoint(folder, { model: weights, state });
    return { folder, weights };
  };

  it.each([
    ["a checkpoint", "runs/mine/round-2/checkpoints/update-00000005"],
    ["a round", "runs/mine/round-2"],
    ["a run", "runs/mine"],
  ])("of the folder of %s carries tokenizer, card and lineage, which import takes up again", async (name, folder) => {
    const root = at(`carried ${name}`);
    const { weights } = trained(root);
    const [out, back] = [join(root, "out"), join(root, "back")];
    const { out: said } = await core("export", `--checkpoint=${join(root, folder)}`, `--out=${out}`, "--format=mdlm");
    expect(said).not.toContain("no tokenizer");
    expect(readdirSync(out).sort()).toEqual([
      ...["README.md", "config.json", "model.safetensors", "sdtt.json", "tokenizer.json"],
    ]);
    const card = readFileSync(join(out, "README.md"), "utf8");
    for (const said of ["# mine, round 2", weightsHash(weights), "1. teacher first", "2. student of round 1 second"])
      expect(card).toContain(said);
    const all = card + readFileSync(join(out, "sdtt.json"), "utf8");
    expect(all).not.toMatch(/\/home\/me|carried a/);
    expect(all).toContain("secret plans");
    expect(await core("import", `--source=${out}`, `--out=${back}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining("exported from mine, round 2"),
    });
    const { state, hashes } = readCheckpointState(back);
    expect(hashes.model).toBe(weightsHash(weights));
    expect(state).toMatchObject({
      ...{ stage: "import", run: "mine", round: 2, lineage: ["first", "second"], corpusHash: "c", dt: 1 / 16 },
      ...{ tokenizerHash: tokenizer.hash, text: { source: "embedded" } },
    });
    expect(loadTokenizer(back).hash).toBe(tokenizer.hash);
  });

  it("of a tokenizer that is nowhere asks for it, or for none", async () => {
    const root = at("lost");
    const { folder } = trained(root);
    rmSync(join(root, "data"), { recursive: true });
    const args = [`--checkpoint=${folder}`, "--format=mdlm"];
    expect(await core("export", ...args, `--out=${at("z")}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining("none of that hash beside it or in"),
    });
    expect(existsSync(at("z"))).toBe(false);
    expect(await core("export", ...args, `--out=${at("z")}`, "--tokenizer=none")).toMatchObject({
      code: 0,
      out: expect.stringContaining("no tokenizer goes with it"),
    });
    const given = `--tokenizer=${at("tokenizer.json")}`;
    expect((await core("export", ...args, `--out=${at("z2")}`, given)).code).toBe(0);
    expect(loadTokenizer(at("z2")).hash).toBe(tokenizer.hash);
  });

  it("with a lineage that is damaged is refused by name", async () => {
    const source = writeFolder(at("odd lineage"), mdlmConfig, denoiserFile());
    for (const text of ["{", "[]", '{"format":1,"run":"","round":-1}']) {
      writeFileSync(join(source, "sdtt.json"), text);
      const { code, err } = await core("import", `--source=${source}`, `--out=${at("odd")}`);
      expect([code, err]).toEqual([1, expect.stringContaining("sdtt.json must be")]);
    }
  });

  it.each([
    [["--format=gpt2"], "the model must be one that gpt2 can hold, got dit"],
    [["--format=sdtt-ts", "--dtype=f16"], "sdtt-ts is float32, got f16"],
    [["--format=sdtt", "--max-shard-size=1GB"], "sdtt is one file, got --max-shard-size=1GB"],
    [["--format=mdlm", "--max-shard-size=1"], 'max-shard-size must be a number with KB, MB or GB, got "1"'],
    [["--format=onnx"], 'format must be one of mdlm, sdtt, gpt2, sdtt-ts, got "onnx"'],
    [["--format=mdlm", "--checkpoint=nowhere"], "state.json must be readable JSON, got ENOENT"],
    [["--format=mdlm", "--weights=ema"], "there must be EMA weights, got raw ones only"],
  ])("refuses %j in one line, and writes nothing", async (flags, message) => {
    const from = existsSync(at("bare")) ? at("bare") : saved("bare", denoiser);
    saveCheckpoint(from, { model: weightsOf(denoiser), state: readCheckpointState(from).state });
    const { code, err } = await core("export", `--checkpoint=${from}`, `--out=${at("y")}`, ...flags);
    expect(err).toContain(message);
    expect([code, existsSync(at("y"))]).toEqual([1, false]);
  });
});

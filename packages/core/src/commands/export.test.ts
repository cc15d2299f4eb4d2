/** @file `core export` as a command, and what `core import` takes up again of it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckpointState, saveCheckpoint } from "../checkpoint/layout.js";
import {
  denoiser,
  denoiserFile,
  judge,
  mdlmConfig,
  weightsOf,
  writeFolder,
} from "../checkpoint/published/published.fixture.js";
import { weightsHash } from "../checkpoint/safetensors/safetensors.js";
import { fileHash } from "../files/fileHash.js";
import { modelParameters } from "../model/presets.js";
import { initialise } from "../nn/params.js";
import { loadTokenizer } from "../text/tokenizer/tokenizer.js";
import { at, core, tokenizer, withPublished } from "./commands.fixture.js";

withPublished();

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

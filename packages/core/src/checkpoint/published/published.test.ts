/**
 * @file Published folders: every layout that is on the hub comes to the same weights, and goes out to the same bytes.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { float32, type Tensor, type TensorMap, tensor } from "../../base/tensor.js";
import { bytesOf } from "../../files/atomic.js";
import { publishedWeights } from "../../model/published.fixture.js";
import { brainFromFloat32, float32FromBrain, float32FromHalf, halfFromFloat32 } from "../safetensors/halfFloat.js";
import { readSafetensors, readSafetensorsHeader, weightsHash } from "../safetensors/safetensors.js";
import { mappingTable } from "./mapping.js";
import {
  denoiser,
  denoiserFile,
  gpt2Config,
  judge,
  mdlmConfig,
  prefixed,
  rawSafetensors,
  sdttConfig,
  weightsOf,
  writeFolder,
  writeShards,
} from "./published.fixture.js";
import { readPublished } from "./read.js";
import { shardsOf, writePublished } from "./write.js";

const root = mkdtempSync(join(tmpdir(), "published-test-"));
afterAll(() => rmSync(root, { recursive: true }));
const folder = join(root, "model");
beforeEach(() => rmSync(folder, { recursive: true, force: true }));

const trained = { ...sdttConfig, parameterization: "subs", backbone: "dit" };

describe("readPublished", () => {
  it.each([
    ["MDLM of the hub", "mdlm", mdlmConfig, "backbone."],
    ["MDLM of a training run", "mdlm", trained, "backbone."],
    ["a compiled module", "mdlm", mdlmConfig, "_orig_mod.backbone._orig_mod."],
    ["names without a prefix", "mdlm", mdlmConfig, ""],
    ["SDTT's students", "sdtt", sdttConfig, "backbone."],
    ["SDTT's teacher, begun with the hub's model", "sdtt", sdttConfig, "backbone.backbone."],
  ])("reads %s, and drops the rotary buffer by name", (_, format, config, prefix) => {
    const read = readPublished(writeFolder(folder, config, denoiserFile(prefix)));
    expect([read.format, read.model]).toEqual([format, denoiser]);
    expect(weightsHash(read.tensors)).toBe(weightsHash(weightsOf(denoiser)));
    expect(read.mapping.dropped.map(({ tensor }) => tensor.name)).toEqual([`${prefix}rotary_emb.inv_freq`]);
    expect(read.files).toEqual(["config.json", "model.safetensors"]);
  });

  it("reads what the published code itself wrote", () => {
    const path = new URL("../../../fixtures/A-dit-tiny/strong.safetensors", import.meta.url);
    const { tensors } = readSafetensors(path.pathname);
    const sizes = { vocab_size: 65, model_length: 16, hidden_dim: 32, cond_dim: 16, n_blocks: 2, n_heads: 4 };
    const read = readPublished(writeFolder(folder, { model_type: "mdlm", ...sizes }, prefixed("backbone.", tensors)));
    expect(weightsHash(read.tensors)).toBe(weightsHash(publishedWeights("A-dit-tiny/strong.safetensors")));
    const gpt2 = readPublished(new URL("../../../fixtures/D-gpt2-tiny", import.meta.url).pathname);
    expect(gpt2.model).toEqual({ kind: "gpt2", width: 32, blocks: 2, heads: 4, length: 32, vocabSize: 64 });
  });

  const masks = { "h.0.attn.bias": float32([1, 1, 6, 6]), "h.1.attn.masked_bias": float32([]) };
  const wte = weightsOf(judge)["wte.weight"] as Tensor;
  it.each<[string, TensorMap, string[]]>([
    ["without a prefix", weightsOf(judge), []],
    ["with `transformer.`", prefixed("transformer.", weightsOf(judge)), []],
    ["with masks", { ...weightsOf(judge), ...masks }, ["h.0.attn.bias", "h.1.attn.masked_bias"]],
    ["with a tied head", { ...prefixed("transformer.", weightsOf(judge)), "lm_head.weight": wte }, ["lm_head.weight"]],
  ])("reads GPT-2 %s, Conv1D matrices as they are: [in, out]", (_, tensors, dropped) => {
    const read = readPublished(writeFolder(folder, gpt2Config, tensors));
    expect([read.format, read.model]).toEqual(["gpt2", judge]);
    expect(read.tensors["h.0.mlp.c_fc.weight"]?.shape).toEqual([8, 32]);
    expect(weightsHash(read.tensors)).toBe(weightsHash(weightsOf(judge)));
    expect(read.mapping.dropped.map(({ tensor }) => tensor.name).sort()).toEqual(dropped);
  });

  it("leaves out masks of a type that it does not read", () => {
    const entries = Object.entries(weightsOf(judge)).map(
      ([name, t]) => [name, "F32", t.shape, bytesOf(t.data)] as const,
    );
    writeFolder(folder, gpt2Config, {});
    const mask = ["h.0.attn.bias", "U8", [1, 1, 6, 6], new Uint8Array(36)] as const;
    writeFileSync(join(folder, "model.safetensors"), rawSafetensors([...entries, mask]));
    expect(weightsHash(readPublished(folder).tensors)).toBe(weightsHash(weightsOf(judge)));
  });

  it.each([
    ["F16", halfFromFloat32, float32FromHalf],
    ["BF16", brainFromFloat32, float32FromBrain],
  ] as const)("widens %s exactly, the rotary buffer's rounding included", (type, narrow, widen) => {
    const file = denoiserFile();
    const stored = Object.entries(file).map(([name, { shape, data }]) => {
      return [name, type, shape, bytesOf(narrow(data as Float32Array))] as const;
    });
    writeFolder(folder, mdlmConfig, {});
    writeFileSync(join(folder, "model.safetensors"), rawSafetensors(stored));
    const expected = Object.entries(weightsOf(denoiser)).map(([name, t]) => {
      return [name, float32(t.shape, widen(narrow(t.data as Float32Array)))];
    });
    expect(weightsHash(readPublished(folder).tensors)).toBe(weightsHash(Object.fromEntries(expected)));
  });

  it("reads shards by their index", () => {
    const read = readPublished(writeShards(folder, mdlmConfig, denoiserFile()));
    expect(weightsHash(read.tensors)).toBe(weightsHash(weightsOf(denoiser)));
    expect(read.files).toHaveLength(4);
  });

  it("says what became of each tensor, one line for all blocks", () => {
    const { mapping } = readPublished(writeFolder(folder, mdlmConfig, denoiserFile()));
    const rows = mappingTable(mapping);
    expect(rows).toContainEqual(["backbone.blocks.0…1.mlp.2.bias", "blocks.0…1.mlp.2.bias", "[16]", "F32"]);
    expect(rows).toContainEqual(["backbone.sigma_map.mlp.2.bias", "sigma_map.mlp.2.bias", "[4]", "F32"]);
    expect(rows.at(-1)?.slice(0, 2)).toEqual([
      "backbone.rotary_emb.inv_freq",
      "(dropped: rotary frequencies, computed here)",
    ]);
    expect(rows).toHaveLength(1 + 10 + 10 + 1);
  });
});

describe("writePublished", () => {
  it.each([
    ["mdlm", denoiser, "backbone.blocks.1.norm1.weight"],
    ["sdtt", denoiser, "backbone.blocks.1.norm1.weight"],
    ["gpt2", judge, "h.1.ln_1.weight"],
  ] as const)("as %s, in float32, reads back to the same bytes and the same architecture", (format, model, name) => {
    const tensors = weightsOf(model);
    writePublished(folder, model, tensors, {
      format,
      floats: "F32",
      beside: { "tokenizer.json": "{}", "none.md": undefined },
    });
    expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    const header = readSafetensorsHeader(join(folder, "model.safetensors"));
    expect(header.metadata).toEqual({ format: "pt" });
    expect(header.entries.map((entry) => entry.name)).toContain(name);
    const read = readPublished(folder);
    expect([read.format, read.model]).toEqual([format, model]);
    expect(weightsHash(read.tensors)).toBe(weightsHash(tensors));
  });

  it.each(["mdlm", "sdtt"] as const)("as %s, gives the published loader the buffer that it insists on", (format) => {
    writePublished(folder, denoiser, weightsOf(denoiser), { format, floats: "F32" });
    const { tensors } = readSafetensors(join(folder, "model.safetensors"));
    const buffer = tensors["backbone.rotary_emb.inv_freq"] as Tensor;
    expect(Array.from(buffer.data, (x) => Number(x.toFixed(6)))).toEqual([1, 0.01]);
  });

  it("in half precision halves the file, and a second passage changes nothing", () => {
    for (const floats of ["F16", "BF16"] as const) {
      writePublished(folder, judge, weightsOf(judge), { format: "gpt2", floats });
      const once = readPublished(folder).tensors;
      expect(once).not.toEqual(weightsOf(judge));
      writePublished(folder, judge, once, { format: "gpt2", floats });
      expect(weightsHash(readPublished(folder).tensors)).toBe(weightsHash(once));
      expect(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")).torch_dtype).toMatch(/float16$/);
    }
  });

  it("cuts into shards no larger than asked, which read back to the same bytes", () => {
    writePublished(folder, denoiser, weightsOf(denoiser), { format: "mdlm", floats: "F32", shardBytes: 10_000 });
    const files = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
    expect(files.length).toBeGreaterThan(2);
    expect(files[0]).toBe(`model-00001-of-0000${files.length}.safetensors`);
    expect(weightsHash(readPublished(folder).tensors)).toBe(weightsHash(weightsOf(denoiser)));
    const shards = shardsOf(weightsOf(denoiser), 4, 10_000).map((shard) => Object.values(shard));
    const sizes = shards.map((shard) => shard.reduce((sum, { data }) => sum + 4 * data.length, 0));
    expect(sizes.every((size, i) => size <= 10_000 || shards[i]?.length === 1)).toBe(true);
  });

  it("refuses a model that the format cannot hold, and leaves nothing", () => {
    const write = (model: typeof denoiser | typeof judge, format: "mdlm" | "gpt2") => () =>
      writePublished(folder, model, weightsOf(model), { format, floats: "F32" });
    expect(write({ ...denoiser, causal: true }, "mdlm")).toThrow("one that mdlm can hold, got dit, causal");
    const own = { ...denoiser, selfConditioning: true, decoders: 2 };
    expect(write(own, "mdlm")).toThrow("mdlm can hold, got dit, self-conditioned, 2 copies of the last block. Choose");
    expect(write(denoiser, "gpt2")).toThrow("one that gpt2 can hold, got dit");
    expect(write(judge, "mdlm")).toThrow("one that mdlm can hold, got gpt2");
    expect(existsSync(folder)).toBe(false);
  });

  it("refuses numbers that float16 cannot hold, and numbers that are none", () => {
    const spoiled = (value: number) => {
      const tensors = { ...weightsOf(judge), "ln_f.bias": tensor("float32", [8], [0, value, 0, 0, 0, 0, 0, 0]) };
      return () => writePublished(folder, judge, tensors, { format: "gpt2", floats: "F16" });
    };
    expect(spoiled(70_000)).toThrow("tensor ln_f.bias must fit float16, got 70000 (element 1). Use --dtype=bf16.");
    expect(spoiled(Number.NaN)).toThrow("tensor ln_f.bias must hold finite numbers, got NaN (element 1)");
    expect(spoiled(65_504)).not.toThrow();
  });
});

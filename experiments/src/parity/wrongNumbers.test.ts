/**
 * @file A parity check that cannot fail would be worth nothing: one wrong number in a file is found, and named.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "@sdtt/core/cli";
import { openEngine } from "@sdtt/core/engine";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PartName, partNames } from "./folder.js";
import { parity, parityRows, shippedFixtures } from "./parity.js";
import { spoilJson, spoilNpy, spoilTensor } from "./wrongNumbers.fixture.js";

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), "parity-wrong-")), "fixtures");
  cpSync(shippedFixtures, root, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(join(root, ".."), { recursive: true });
});

const V = 65;
const bias = "output_layer.linear.bias";
type Keys = readonly (string | number)[];
const npy = (file: string, index: number, delta: number) => () => spoilNpy(join(root, file), index, delta);
const tensor = (file: string, name: string, delta: number) => () => spoilTensor(join(root, file), name, 1, delta);
const json =
  (file: string, keys: Keys, delta = 1e-4) =>
  () =>
    spoilJson(join(root, file), keys, delta);

const targets = (name: string) => `B-sdtt-targets/${name}`;
const mdlm = (name: string) => `B-mdlm-train/${name}`;
const item = (key: string) => ["models", "tiny", "items", 1, key];

/** Wrong numbers, and every row that must fail for each. Positions 0 of A's ids and 1 of B's xt are masked. */
const wrong: Readonly<Record<PartName, readonly (readonly [() => void, ...string[]])[]>> = {
  dit: [
    [npy("A-dit-tiny/tiny.sigma0.logits.npy", 17, 1e-4), "tiny sigma0 logits", "tiny sigma0 logits, folded"],
    [npy("A-dit-tiny/tiny.sigmaNZ.logits.npy", 17, 1e-4), "tiny sigmaNZ logits"],
    [npy("A-dit-tiny/strong.sigmaNZ.act.block1.npy", 3, 1e-3), "strong sigmaNZ block1"],
    [npy("A-dit-tiny/strong.sigma0.act.embed.npy", 3, 1e-3), "strong sigma0 embed"],
    [npy("A-dit-tiny/tiny.sigma0.act.cond.npy", 3, 1e-5), "tiny sigma0 cond"],
    [npy("A-dit-tiny/tiny.sigmaNZ.logprobs.npy", 5, 1e-4), "tiny sigmaNZ log-probs, tokens"],
    [npy("A-dit-tiny/tiny.sigma0.logprobs.npy", V + 3, 1), "tiny sigma0 log-probs, revealed positions"],
    [npy("A-dit-tiny/strong.sigma0.logprobs.npy", V - 1, 0.25), "strong sigma0 log-probs, mask column"],
  ],
  targets: [
    [npy(targets("m2_N16_ancestral/targets.npy"), V + 2, 1e-4), "m2_N16_ancestral targets, tokens"],
    [npy(targets("m4_N16_ancestral/targets.npy"), 0, 1e-4), "m4_N16_ancestral targets, revealed positions"],
    [npy(targets("m4_N16_analytic/student_logprobs.npy"), 3, 1e-4), "m4_N16_analytic student, tokens"],
    [npy(targets("m4_N16_ancestral/teacher_logp_steps.npy"), 16 * V + 3, 1e-4), "m4_N16_ancestral teacher, tokens"],
    [
      tensor(targets("m2_N16_ancestral/grads.tvd.safetensors"), bias, 1e-3),
      "m2_N16_ancestral log-l1 gradients, mask column emulated",
    ],
    [tensor(targets("m2_N16_ancestral/grads.kl-fwd.safetensors"), bias, 1e-5), "m2_N16_ancestral forward-kl gradients"],
    [
      json(targets("meta.json"), ["cases", "m2_N1024_ancestral", "losses", "mse", "fp64"]),
      "m2_N1024_ancestral log-mse, mask column unrounded",
    ],
    [
      json(targets("meta.json"), ["cases", "m4_N16_analytic", "losses", "kl-bwd", "fp32"]),
      "m4_N16_analytic reverse-kl",
    ],
    [
      json(targets("meta.json"), ["cases", "m2_N16_ancestral", "intermediate_x", 1, 0, 0], -1),
      "m2_N16_ancestral x after each substep",
    ],
  ],
  training: [
    [tensor(mdlm("grads.step1.safetensors"), bias, 1e-5), "update 1 gradients"],
    [tensor(mdlm("params.after3.safetensors"), bias, 1e-4), "parameters after 3"],
    [tensor(mdlm("ema.after1.safetensors"), bias, 1e-4), "EMA after 1"],
    [json(mdlm("meta.json"), ["steps", 1, "loss_fp32"]), "update 2 loss"],
    [json(mdlm("meta.json"), ["steps", 2, "grad_norm_fp64"]), "update 3 gradient norm"],
    [json(mdlm("meta.json"), ["steps", 0, "nlls", 0, 0], 1e-3), "update 1 nll · t"],
  ],
  samplers: [
    [
      json("C-samplers/meta.json", ["runs", "ancestral_tiny", "tokens_after_each_project_fn", 4, 0, 0], -1),
      "ancestral_tiny tokens after each step",
    ],
    [json("C-samplers/meta.json", ["runs", "mdlm_ddpm_cache", "final", 2, 3], 1), "mdlm_ddpm_cache final tokens"],
    [json("C-samplers/meta.json", ["denoise_branch", "strong", "output", 1, 1], 1), "denoise strong tokens"],
  ],
  gpt2: [
    [npy("D-gpt2-tiny/logits.npy", 7, 1e-3), "logits"],
    [npy("D-gpt2-tiny/token_nll.npy", 7, 1e-3), "token NLL"],
    [json("D-gpt2-tiny/expected.json", ["ppl_fp64"], 0.01), "perplexity"],
  ],
  lambada: [
    [json("E-lambada/lambada.json", item("nll")), "tiny nll of an item"],
    [json("E-lambada/lambada.json", item("correct")), "tiny hits"],
    [json("E-lambada/lambada.json", [...item("greedy_tokens"), 8], 1), "tiny greedy tokens"],
    [json("E-lambada/lambada.json", ["models", "strong", "ppl"], 0.01), "strong perplexity bound"],
    [json("E-lambada/lambada.json", ["models", "strong", "accuracy"], 0.2), "strong accuracy"],
  ],
};

describe("wrong numbers", () => {
  it.each(partNames)("each fail their own quantity of %s, and no other", async (part) => {
    for (const [spoil] of wrong[part]) spoil();
    const rows = await parityRows(root, await openEngine("onnx", { threads: 1 }), [part]);
    const failed = rows.filter(({ isOk }) => !isOk).map(({ name }) => name);
    expect(failed.sort()).toEqual(wrong[part].flatMap(([, ...names]) => names).sort());
  });

  it("in the network's own weights fail everything after them", async () => {
    tensor("A-dit-tiny/tiny.safetensors", "blocks.1.attn_qkv.weight", 0.1)();
    const rows = await parityRows(root, await openEngine("onnx", { threads: 1 }), ["dit"]);
    const failed = rows.filter(({ isOk }) => !isOk).map(({ name }) => name);
    expect(failed).toContain("tiny sigma0 block1");
    expect(failed).toContain("tiny sigmaNZ log-probs, tokens");
    expect(failed).not.toContain("tiny sigma0 block0");
    expect(failed.filter((name) => name.startsWith("strong"))).toEqual([]);
  });
});

describe("the command", () => {
  async function run(...flags: string[]) {
    const printed = { out: "", err: "" };
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed.out += text;
      return true;
    });
    const err = { write: (text: string) => (printed.err += text) };
    const argv = ["parity", `--fixtures=${root}`, "--engine=onnx", ...flags];
    const code = await runCli("experiments", [parity], argv, { out: process.stdout, err });
    vi.restoreAllMocks();
    return { code, ...printed };
  }

  it("exits 1 and names what is wrong, in its table and in its message", async () => {
    json("E-lambada/lambada.json", item("nll"))();
    const { code, out, err } = await run();
    expect(code).toBe(1);
    expect(out).toMatch(/lambada: tiny nll of an item +\S+ +\S+ +FAILS/);
    expect(err).toContain("parity: every quantity must be within its tolerance, got 1 of ");
    expect(err).toContain("lambada: tiny nll of an item (onnx)");
  });

  it("prints rows for a machine with --json", async () => {
    const { code, out } = await run("--json");
    expect(code).toBe(0);
    const rows = JSON.parse(out);
    expect(rows[0]).toMatchObject({ engine: "onnx", part: "dit", isOk: true, tolerance: expect.any(Number) });
  });

  it("refuses a folder that lacks a part, before it computes anything", async () => {
    rmSync(join(root, "C-samplers"), { recursive: true });
    const { code, out, err } = await run();
    expect([code, out, err]).toEqual([1, "", expect.stringContaining("there must be a folder C-…, got none in ")]);
  });
});

describe("a folder that is refused", () => {
  it.each<[string, () => void, PartName, string]>([
    ["lacks a file", () => rmSync(join(root, "D-gpt2-tiny/logits.npy")), "gpt2", "there must be a file logits.npy"],
    [
      "has a file cut off",
      () => writeFileSync(join(root, "D-gpt2-tiny/logits.npy"), "\x93NUMPY"),
      "gpt2",
      "logits.npy must be NumPy float32, C order",
    ],
    ["has another rotation", json("A-dit-tiny/inputs.json", ["config", "rotary_base"], 1), "dit", "config.rotary_base"],
    ["has another schedule", json("C-samplers/meta.json", ["noise_eps"], 1e-3), "samplers", "noise_eps"],
    ["has other shapes", json("A-dit-tiny/inputs.json", ["config", "model", "n_blocks"], 1), "dit", "blocks.2.norm1"],
  ])("%s", async (_, spoil, part, message) => {
    spoil();
    const engine = await openEngine("onnx", { threads: 1 });
    await expect(parityRows(root, engine, [part])).rejects.toThrow(message);
  });
});

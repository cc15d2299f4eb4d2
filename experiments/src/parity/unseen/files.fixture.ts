/** @file Writes what NumPy and safetensors write, and draws what torch draws: float32 uniforms of 24 bits. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Sizes, Values, Weights } from "./float64.fixture.js";

export interface Random {
  /** k · 2⁻²⁴, as `torch.rand`. */
  uniform(): number;
  uniforms(count: number): number[];
  below(count: number): number;
  /** Normal by the sum of 12, rounded to float32: good enough for weights. */
  normal(std: number): number;
}

/** mulberry32 (Tommy Ettinger, public domain). */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 8) / 2 ** 24;
  };
  const uniforms = (count: number) => Array.from({ length: count }, uniform);
  return {
    uniform,
    uniforms,
    below: (count) => Math.floor(uniform() * count),
    normal: (std) => Math.fround(std * (uniforms(12).reduce((sum, u) => sum + u, 0) - 6)),
  };
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

export const writeJson = (path: string, value: unknown): void => write(path, JSON.stringify(value));

export function writeNpy(path: string, shape: readonly number[], values: ArrayLike<number>): void {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  const data = Buffer.from(Float32Array.from(values).buffer);
  write(path, Buffer.concat([magic, Buffer.from(header, "latin1"), data]));
}

export type Shapes = Readonly<Record<string, readonly number[]>>;

export function writeWeights(path: string, weights: Weights, shapes: Shapes): void {
  let offset = 0;
  const entries = Object.entries(weights).map(([name, { length }]) => {
    const start = offset;
    offset += 4 * length;
    return [name, { dtype: "F32", shape: shapes[name], data_offsets: [start, offset] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  const data = Object.values(weights).map((values) => Buffer.from(Float32Array.from(values).buffer));
  write(path, Buffer.concat([size, header, ...data]));
}

/** Random weights of the shapes, rounded to float32; one-dimensional norms about 1. */
export function randomWeights(random: Random, shapes: Shapes, scale: number): Weights {
  const drawn = (name: string, shape: readonly number[]): Values => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    const isNorm = /norm|ln_.*weight/.test(name);
    const std = isNorm ? 0.05 : scale / Math.sqrt(shape[1] ?? 1) / (shape.length === 1 ? 4 : 1);
    return Float64Array.from({ length: size }, () => Math.fround(random.normal(std) + Number(isNorm)));
  };
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, drawn(name, shape)]));
}

export function ditShapes({ vocab: V, width: D, blocks, conditioning: C }: Sizes): Shapes {
  const block = {
    "norm1.weight": [D],
    "attn_qkv.weight": [3 * D, D],
    "attn_out.weight": [D, D],
    "norm2.weight": [D],
    "mlp.0.weight": [4 * D, D],
    "mlp.0.bias": [4 * D],
    "mlp.2.weight": [D, 4 * D],
    "mlp.2.bias": [D],
    "adaLN_modulation.weight": [6 * D, C],
    "adaLN_modulation.bias": [6 * D],
  };
  const all = Array.from({ length: blocks }, (_, b) =>
    Object.entries(block).map(([n, shape]) => [`blocks.${b}.${n}`, shape]),
  );
  return {
    "vocab_embed.embedding": [V, D],
    "sigma_map.mlp.0.weight": [C, 256],
    "sigma_map.mlp.0.bias": [C],
    "sigma_map.mlp.2.weight": [C, C],
    "sigma_map.mlp.2.bias": [C],
    ...Object.fromEntries(all.flat()),
    "output_layer.norm_final.weight": [D],
    "output_layer.linear.weight": [V, D],
    "output_layer.linear.bias": [V],
    "output_layer.adaLN_modulation.weight": [2 * D, C],
    "output_layer.adaLN_modulation.bias": [2 * D],
  };
}

export function gpt2Shapes({ vocab: V, width: D, blocks, length }: Sizes): Shapes {
  const block = {
    ...{ "ln_1.weight": [D], "ln_1.bias": [D], "attn.c_attn.weight": [D, 3 * D], "attn.c_attn.bias": [3 * D] },
    ...{ "attn.c_proj.weight": [D, D], "attn.c_proj.bias": [D], "ln_2.weight": [D], "ln_2.bias": [D] },
    ...{ "mlp.c_fc.weight": [D, 4 * D], "mlp.c_fc.bias": [4 * D] },
    ...{ "mlp.c_proj.weight": [4 * D, D], "mlp.c_proj.bias": [D] },
  };
  const all = Array.from({ length: blocks }, (_, b) =>
    Object.entries(block).map(([n, shape]) => [`h.${b}.${n}`, shape]),
  );
  const ends = { "ln_f.weight": [D], "ln_f.bias": [D] };
  return { "wte.weight": [V, D], "wpe.weight": [length, D], ...Object.fromEntries(all.flat()), ...ends };
}

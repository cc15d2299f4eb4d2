/**
 * @file Both architectures once more, slowly, in float64 and plain loops: an oracle that shares nothing with core.
 *
 * Written from the published PyTorch modules (kuleshov-group/mdlm c112c52 models/dit.py, Hugging Face's GPT-2).
 */
export type Values = Float64Array<ArrayBuffer>;
/** Named values; matrices are row-major. */
export type Weights = Record<string, Values>;

export interface Sizes {
  readonly vocab: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly length: number;
  readonly conditioning: number;
}

const named = (w: Weights, name: string) => w[name] as Values;
const at = (x: Values, i: number) => x[i] as number;

/** x Wᵀ + b with W [out, in]; `transposed`: x W + b with W [in, out]. */
function linear(x: Values, fanIn: number, w: Values, bias?: Values, transposed = false): Values {
  const out = w.length / fanIn;
  const rows = x.length / fanIn;
  const y = new Float64Array(rows * out);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < out; o++) {
      let sum = bias ? at(bias, o) : 0;
      for (let i = 0; i < fanIn; i++) sum += at(x, r * fanIn + i) * at(w, transposed ? i * out + o : o * fanIn + i);
      y[r * out + o] = sum;
    }
  }
  return y;
}

const map = (x: Values, f: (value: number, i: number) => number): Values => x.map(f);
const silu = (x: Values) => map(x, (v) => v / (1 + Math.exp(-v)));
const gelu = (x: Values) => map(x, (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))));

function normalised(x: Values, width: number): Values {
  const y = new Float64Array(x.length);
  for (let r = 0; r < x.length; r += width) {
    const row = x.subarray(r, r + width);
    const mean = row.reduce((sum, v) => sum + v, 0) / width;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width;
    for (let i = 0; i < width; i++) y[r + i] = (at(row, i) - mean) / Math.sqrt(variance + 1e-5);
  }
  return y;
}

/** Softmax attention of one sequence; qkv [L, 3·D] in the order q, k, v, heads within each. */
function attention(qkv: Values, width: number, heads: number, causal: boolean): Values {
  const length = qkv.length / (3 * width);
  const size = width / heads;
  const y = new Float64Array(length * width);
  for (let h = 0; h < heads; h++) {
    const cell = (kind: number, l: number, i: number) => at(qkv, l * 3 * width + kind * width + h * size + i);
    for (let l = 0; l < length; l++) {
      const seen = causal ? l + 1 : length;
      const scores = Array.from({ length: seen }, (_, m) => {
        let dot = 0;
        for (let i = 0; i < size; i++) dot += cell(0, l, i) * cell(1, m, i);
        return dot / Math.sqrt(size);
      });
      const peak = Math.max(...scores);
      const weights = scores.map((s) => Math.exp(s - peak));
      const total = weights.reduce((sum, v) => sum + v, 0);
      for (let i = 0; i < size; i++) {
        y[l * width + h * size + i] = weights.reduce((sum, v, m) => sum + (v / total) * cell(2, m, i), 0);
      }
    }
  }
  return y;
}

/** Turns the two halves of every head of q and k by position · 10000^(−2i/size); v stays. */
function rotated(qkv: Values, width: number, heads: number): Values {
  const y = qkv.slice();
  const [size, length] = [width / heads, qkv.length / (3 * width)];
  for (let l = 0; l < length; l++) {
    for (let h = 0; h < 2 * heads; h++) {
      for (let i = 0; i < size / 2; i++) {
        const angle = l * 10000 ** ((-2 * i) / size);
        const [a, b] = [l * 3 * width + h * size + i, l * 3 * width + h * size + i + size / 2];
        y[a] = at(qkv, a) * Math.cos(angle) - at(qkv, b) * Math.sin(angle);
        y[b] = at(qkv, a) * Math.sin(angle) + at(qkv, b) * Math.cos(angle);
      }
    }
  }
  return y;
}

function conditioning(w: Weights, sigma: number): Values {
  const features = new Float64Array(256);
  for (let i = 0; i < 128; i++) {
    const angle = sigma * Math.exp((-Math.log(10000) * i) / 128);
    features[i] = Math.cos(angle);
    features[128 + i] = Math.sin(angle);
  }
  const hidden = silu(linear(features, 256, named(w, "sigma_map.mlp.0.weight"), named(w, "sigma_map.mlp.0.bias")));
  return silu(linear(hidden, hidden.length, named(w, "sigma_map.mlp.2.weight"), named(w, "sigma_map.mlp.2.bias")));
}

export interface Forward {
  /** By the names of the fixture files: cond, embed, block0, … */
  readonly activations: Record<string, Values>;
  /** [L, V] */
  readonly logits: Values;
}

/** The denoiser on one sequence under one σ. */
export function dit(w: Weights, s: Sizes, ids: readonly number[], sigma: number): Forward {
  const D = s.width;
  const c = conditioning(w, sigma);
  const embedding = named(w, "vocab_embed.embedding");
  let h = Float64Array.from(ids.flatMap((id) => [...embedding.subarray(id * D, (id + 1) * D)]));
  const activations: Record<string, Values> = { cond: c, embed: h };
  const modulated = (name: string, prefix: string, adaln: Values, shift: number, scale: number) =>
    map(normalised(h, D), (v, i) => {
      const d = i % D;
      return v * at(named(w, `${prefix}${name}.weight`), d) * (1 + at(adaln, scale * D + d)) + at(adaln, shift * D + d);
    });
  const adalnOf = (prefix: string) =>
    linear(c, c.length, named(w, `${prefix}adaLN_modulation.weight`), named(w, `${prefix}adaLN_modulation.bias`));
  for (let b = 0; b < s.blocks; b++) {
    const prefix = `blocks.${b}.`;
    const p = (name: string) => named(w, prefix + name);
    const adaln = adalnOf(prefix);
    const gated = (y: Values, gate: number) => map(h, (v, i) => v + at(adaln, gate * D + (i % D)) * at(y, i));
    const qkv = rotated(linear(modulated("norm1", prefix, adaln, 0, 1), D, p("attn_qkv.weight")), D, s.heads);
    h = gated(linear(attention(qkv, D, s.heads, false), D, p("attn_out.weight")), 2);
    const up = gelu(linear(modulated("norm2", prefix, adaln, 3, 4), D, p("mlp.0.weight"), p("mlp.0.bias")));
    h = gated(linear(up, 4 * D, p("mlp.2.weight"), p("mlp.2.bias")), 5);
    activations[`block${b}`] = h;
  }
  const last = modulated("norm_final", "output_layer.", adalnOf("output_layer."), 0, 1);
  const head = (name: string) => named(w, `output_layer.linear.${name}`);
  return { activations, logits: linear(last, D, head("weight"), head("bias")) };
}

/** GPT-2 on one text. */
export function gpt2(w: Weights, s: Sizes, ids: readonly number[]): Forward {
  const D = s.width;
  const affine = (x: Values, fanIn: number, name: string) =>
    linear(x, fanIn, named(w, `${name}.weight`), named(w, `${name}.bias`), true);
  const norm = (x: Values, name: string) =>
    map(normalised(x, D), (v, i) => v * at(named(w, `${name}.weight`), i % D) + at(named(w, `${name}.bias`), i % D));
  const [wte, wpe] = [named(w, "wte.weight"), named(w, "wpe.weight")];
  let h = Float64Array.from(
    ids.flatMap((id, l) => Array.from({ length: D }, (_, d) => at(wte, id * D + d) + at(wpe, l * D + d))),
  );
  const activations: Record<string, Values> = { embed: h };
  const plus = (y: Values) => map(h, (v, i) => v + at(y, i));
  for (let b = 0; b < s.blocks; b++) {
    const name = `h.${b}`;
    const mixed = attention(affine(norm(h, `${name}.ln_1`), D, `${name}.attn.c_attn`), D, s.heads, true);
    h = plus(affine(mixed, D, `${name}.attn.c_proj`));
    h = plus(affine(gelu(affine(norm(h, `${name}.ln_2`), D, `${name}.mlp.c_fc`)), 4 * D, `${name}.mlp.c_proj`));
    activations[`block${b}`] = h;
  }
  return { activations, logits: linear(norm(h, "ln_f"), D, wte) };
}

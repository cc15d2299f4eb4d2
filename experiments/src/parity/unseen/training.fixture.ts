/** @file An unseen folder's part of MDLM: updates, with gradients by central differences. */
import { join } from "node:path";
import { ditShapes, randomOf, writeJson, writeWeights } from "./files.fixture.js";
import type { Values, Weights } from "./float64.fixture.js";
import { rowsOf } from "./forward.fixture.js";
import { gradients, noised, sum } from "./gradients.fixture.js";
import { type Net, subsRow } from "./sampling.fixture.js";

const norm = (one: Weights) =>
  Math.sqrt(Object.values(one).reduce((total, values) => total + values.reduce((s, x) => s + x * x, 0), 0));

const settings = {
  lr: 1e-3,
  betas: [0.8, 0.95],
  eps: 1e-7,
  weight_decay: 0.1,
  grad_clip_norm: 0.5,
  ema_decay: 0.99,
} as const;

interface Adam {
  readonly w: Weights;
  readonly m: Weights;
  readonly v: Weights;
  readonly ema: Weights;
}

/** torch.optim.AdamW after clip_grad_norm_, and the warmed-up average, in place. */
function adamw({ w, m, v, ema }: Adam, gradient: Weights, n: number): void {
  const {
    lr,
    betas: [b1, b2],
    eps,
    weight_decay: decay,
    grad_clip_norm: limit,
    ema_decay,
  } = settings;
  const clip = Math.min(1, limit / (norm(gradient) + 1e-6));
  const keep = Math.min(ema_decay, (1 + n) / (10 + n));
  for (const name of Object.keys(w)) {
    const [p, mm, vv, e, g] = [w[name], m[name], v[name], ema[name], gradient[name]] as Float64Array[] as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let i = 0; i < p.length; i++) {
      const d = (g[i] as number) * clip;
      mm[i] = b1 * (mm[i] as number) + (1 - b1) * d;
      vv[i] = b2 * (vv[i] as number) + (1 - b2) * d * d;
      const step = (mm[i] as number) / (1 - b1 ** n) / (Math.sqrt((vv[i] as number) / (1 - b2 ** n)) + eps);
      p[i] = (p[i] as number) * (1 - lr * decay) - lr * step;
      e[i] = keep * (e[i] as number) + (1 - keep) * (p[i] as number);
    }
  }
}

/** Part B of MDLM: two updates. */
export function writeTraining(root: string, net: Net, batch: number): void {
  const random = randomOf(6);
  const { sizes } = net;
  const mask = sizes.vocab - 1;
  const x0 = rowsOf(batch, () => rowsOf(sizes.length, () => random.below(mask)));
  const copy = (of: (values: Values) => Values): Weights =>
    Object.fromEntries(Object.entries(net.weights).map(([name, values]) => [name, of(values)]));
  const state: Adam = {
    w: copy((x) => x.slice()),
    ema: copy((x) => x.slice()),
    m: copy((x) => x.map(() => 0)),
    v: copy((x) => x.map(() => 0)),
  };
  const steps = rowsOf(2, (i) => {
    const u_t = random.uniforms(batch);
    const t = u_t.map((u, b) => Math.fround((1 - 1e-3) * ((u / batch + b / batch) % 1) + 1e-3));
    const { u_mask, xt } = noised(random, x0, t, mask);
    const nlls = (w: Weights) =>
      xt.map((row, b) => {
        const logp = subsRow({ weights: w, sizes }, row);
        return row.map((id, l) => (id === mask ? -(logp[l]?.[x0[b]?.[l] as number] as number) / (t[b] as number) : 0));
      });
    const loss = (w: Weights) => sum(nlls(w).flat()) / (batch * sizes.length);
    const [before, value] = [nlls(state.w), loss(state.w)];
    const [gradient] = gradients(state.w, (w) => [loss(w)]) as [Weights];
    if (i === 0) writeWeights(join(root, "grads.step1.safetensors"), gradient, ditShapes(sizes));
    adamw(state, gradient, i + 1);
    writeWeights(join(root, `params.after${i + 1}.safetensors`), state.w, ditShapes(sizes));
    writeWeights(join(root, `ema.after${i + 1}.safetensors`), state.ema, ditShapes(sizes));
    const figures = {
      loss_fp32: value,
      loss_fp64: value,
      grad_norm_fp32: norm(gradient),
      grad_norm_fp64: norm(gradient),
    };
    return { u_t, t, u_mask, xt, nlls: before, ...figures, ema_decay_used: (2 + i) / (11 + i) };
  });
  writeJson(join(root, "meta.json"), { x0, sampling_eps: 1e-3, noise_eps: 1e-3, ...settings, steps });
}

/**
 * @file An unseen folder's parts with gradients, by central differences: SDTT's targets and losses, MDLM's updates.
 */
import { join } from "node:path";
import { ditShapes, type Random, randomOf, randomWeights, writeJson, writeNpy, writeWeights } from "./files.fixture.js";
import type { Values, Weights } from "./float64.fixture.js";
import { rowsOf, uniformRow } from "./forward.fixture.js";
import { type Mode, moveChance, type Net, said, stepRow, subsRow } from "./sampling.fixture.js";

const timeEps = 1e-5;

/** ∂ of each loss in each parameter, from one walk over them. */
function gradients(weights: Weights, losses: (w: Weights) => number[]): Weights[] {
  const h = 1e-5;
  const count = losses(weights).length;
  const found = rowsOf(count, () => ({}) as Weights);
  for (const [name, values] of Object.entries(weights)) {
    for (const one of found) one[name] = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const kept = values[i] as number;
      values[i] = kept + h;
      const up = losses(weights);
      values[i] = kept - h;
      const down = losses(weights);
      values[i] = kept;
      found.forEach((one, k) => {
        (one[name] as Float64Array)[i] = ((up[k] as number) - (down[k] as number)) / (2 * h);
      });
    }
  }
  return found;
}

interface Noised {
  readonly t: number[];
  readonly u_mask: number[][];
  readonly xt: number[][];
}

function noised(random: Random, x0: number[][], t: number[], mask: number): Noised {
  const u_mask = x0.map((row) => random.uniforms(row.length));
  const xt = x0.map((row, b) =>
    row.map((id, l) => ((u_mask[b]?.[l] as number) < moveChance(t[b] as number) ? mask : id)),
  );
  return { t, u_mask, xt };
}

/** A student's and a target's log-probabilities at one masked position, mask columns apart. */
interface Pair {
  readonly p: readonly number[];
  readonly q: readonly number[];
  readonly maskGap: { readonly rounded: number; readonly exact: number };
}

const sum = (values: readonly number[]) => values.reduce((total, x) => total + x, 0);
const zip = ({ p, q }: Pair, of: (p: number, q: number) => number) => sum(p.map((x, v) => of(x, q[v] as number)));
const kinds = ["kl-bwd", "kl-fwd", "mse", "tvd"] as const;

/** Values of the four divergences, averaged; the mask column's share is given, or left out. */
function divergencesOf(
  pairs: readonly Pair[],
  gap: (pair: Pair) => number | undefined,
): Record<(typeof kinds)[number], number> {
  const average = (of: (pair: Pair) => number) => sum(pairs.map(of)) / pairs.length;
  return {
    "kl-bwd": average((pair) => zip(pair, (p, q) => Math.exp(p) * (p - q))),
    "kl-fwd": average((pair) => zip(pair, (p, q) => Math.exp(q) * (q - p))),
    mse: average((pair) => (zip(pair, (p, q) => (p - q) ** 2) + (gap(pair) ?? 0) ** 2) / (pair.p.length + 1)),
    tvd: average((pair) => zip(pair, (p, q) => Math.abs(p - q)) + Math.abs(gap(pair) ?? 0)),
  };
}

function lossesOf(pairs: readonly Pair[]) {
  const rounded = divergencesOf(pairs, ({ maskGap }) => maskGap.rounded);
  const exact = divergencesOf(pairs, ({ maskGap }) => maskGap.exact);
  const without = divergencesOf(pairs, () => undefined);
  return Object.fromEntries(
    kinds.map((kind) => {
      const alone = kind === "mse" ? "fp64_without_mask_col_same_denominator" : "fp64_without_mask_col";
      const all = { fp32: rounded[kind], fp32_fwd_loss_precision64: rounded[kind], fp64: exact[kind] };
      return [kind, kind.startsWith("kl") ? all : { ...all, [alone]: without[kind] }];
    }),
  );
}

interface Target {
  readonly logp: number[];
  readonly exactMask: number;
}

interface CaseSpec {
  readonly m: number;
  readonly numSteps: number;
  readonly mode: Mode;
  readonly withGradients: boolean;
}

/** The published substeps of one row: x after each, what the teacher said at each, and the targets. */
function substeps(teacher: Net, xt: number[], times: number[], dt: number, u: number[][][], mode: Mode) {
  const mask = teacher.sizes.vocab - 1;
  const [states, spoken]: [number[][], number[][][]] = [[], []];
  const targets = new Map<number, Target>();
  let ids = xt;
  times.forEach((t, i) => {
    const { logp, exactMask, ids: next } = stepRow(teacher, mode, ids, t, t - dt, u[i] as number[][]);
    ids.forEach((id, l) => {
      const decided = id === mask && (next[l] !== mask || i === times.length - 1);
      if (decided) targets.set(l, { logp: logp[l] as number[], exactMask: exactMask[l] as number });
    });
    ids = next;
    states.push(ids);
    spoken.push(logp);
  });
  return { states, spoken, targets };
}

function pairsOf(student: Net, xt: number[][], targets: Map<number, Target>[]): Pair[] {
  return xt.flatMap((row, b) => {
    const { logp, exactMask } = said(student, row);
    return [...(targets[b] as Map<number, Target>)].map(([l, target]) => ({
      p: (logp[l] as number[]).slice(0, -1),
      q: target.logp.slice(0, -1).map(Math.fround),
      maskGap: {
        rounded: (logp[l]?.at(-1) as number) - (target.logp.at(-1) as number),
        exact: (exactMask[l] as number) - target.exactMask,
      },
    }));
  });
}

/** Gradients of the four losses; the rounded mask column's value is held and its slope is the exact column's. */
function lossGradients(student: Net, xt: number[][], targets: Map<number, Target>[]): Weights[] {
  const held = pairsOf(student, xt, targets).map(({ maskGap }) => maskGap.rounded);
  return gradients(student.weights, (weights) => {
    const pairs = pairsOf({ ...student, weights }, xt, targets);
    const losses = divergencesOf(pairs, () => undefined);
    const V = student.sizes.vocab;
    const linear = (slope: (gap: number) => number) =>
      sum(pairs.map(({ maskGap }, i) => slope(held[i] as number) * maskGap.exact)) / pairs.length;
    return [
      losses["kl-bwd"],
      losses["kl-fwd"],
      losses.mse + linear((gap) => (2 * gap) / V),
      losses.tvd + linear(Math.sign),
    ];
  });
}

function writeCase(
  root: string,
  name: string,
  spec: CaseSpec,
  teacher: Net,
  student: Net,
  x0: number[][],
  random: Random,
) {
  const { m, numSteps, mode } = spec;
  const { vocab: V, length } = teacher.sizes;
  const [batch, dt, u_t] = [x0.length, (1 - timeEps) / numSteps, random.uniform()];
  const t = rowsOf(batch, (i) => Math.fround((1 - timeEps) * ((u_t + i / batch) % 1) + timeEps));
  const { u_mask, xt } = noised(random, x0, t, V - 1);
  const share = (i: number) => (m === 1 ? 1 : 1 - i / (m - 1));
  const times = rowsOf(m, (i) => t.map((at) => Math.max(at * share(i) + (1 - at) * (at - m * dt), timeEps)));
  const u_steps = rowsOf(m, () => rowsOf(batch, () => uniformRow(random, teacher.sizes)));
  const rows = xt.map((ids, b) =>
    substeps(
      teacher,
      ids,
      times.map((one) => one[b] as number),
      dt,
      u_steps.map((one) => one[b] as number[][]),
      mode,
    ),
  );
  const targets = rows.map((row) => row.targets);
  const states = rowsOf(m, (i) => rows.map((row) => row.states[i] as number[]));
  const masked = [xt, ...states].map((ids) => ids.flat().filter((id) => id === V - 1).length);
  const zeros = Array<number>(V).fill(0);
  const file = (what: string) => join(root, name, what);
  writeNpy(file("u_mask.npy"), [batch, length], u_mask.flat());
  writeNpy(file("u_steps.npy"), [m, batch, length, V], u_steps.flat(3));
  writeNpy(
    file("teacher_logp_steps.npy"),
    [m, batch, length, V],
    rowsOf(m, (i) => rows.map((row) => row.spoken[i])).flat(4) as number[],
  );
  writeNpy(
    file("targets.npy"),
    [batch, length, V],
    xt.flatMap((ids, b) => ids.flatMap((_, l) => targets[b]?.get(l)?.logp ?? zeros)),
  );
  writeNpy(
    file("student_logprobs.npy"),
    [batch, length, V],
    xt.flatMap((ids) => subsRow(student, ids).flat()),
  );
  if (spec.withGradients) {
    lossGradients(student, xt, targets).forEach((one, k) => {
      writeWeights(file(`grads.${kinds[k]}.safetensors`), one, ditShapes(student.sizes));
    });
  }
  return {
    ...{ num_distill_steps: m, orig_num_sampling_steps: numSteps, sampling_mode: mode, dt, u_t: [u_t], t, xt },
    ...{ move_chance: t.map((at) => [moveChance(at)]), teacher_t_per_step: times, intermediate_x: states },
    ...{ num_masked: masked[0], num_changed_per_step: masked.slice(1).map((left, i) => (masked[i] as number) - left) },
    losses: lossesOf(pairsOf(student, xt, targets)),
  };
}

/** Part B of SDTT. */
export function writeTargets(root: string, teacher: Net, batch: number): void {
  const random = randomOf(5);
  const { sizes } = teacher;
  const student = { sizes, weights: randomWeights(random, ditShapes(sizes), 0.6) };
  writeWeights(join(root, "student.safetensors"), student.weights, ditShapes(sizes));
  const x0 = rowsOf(batch, () => rowsOf(sizes.length, () => random.below(sizes.vocab - 1)));
  const specs: Record<string, CaseSpec> = {
    two_of_8: { m: 2, numSteps: 8, mode: "ancestral", withGradients: true },
    three_analytic: { m: 3, numSteps: 12, mode: "analytic", withGradients: false },
  };
  const cases = Object.entries(specs).map(([name, spec]) => [
    name,
    writeCase(root, name, spec, teacher, student, x0, random),
  ]);
  writeJson(join(root, "meta.json"), { x0, sampling_eps: timeEps, noise_eps: 1e-3, cases: Object.fromEntries(cases) });
}

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

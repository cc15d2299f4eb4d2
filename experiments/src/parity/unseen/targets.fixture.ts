/**
 * @file An unseen folder's part of SDTT: targets, and a student's losses with gradients by central differences.
 */
import { join } from "node:path";
import { ditShapes, type Random, randomOf, randomWeights, writeJson, writeNpy, writeWeights } from "./files.fixture.js";
import type { Weights } from "./float64.fixture.js";
import { rowsOf, uniformRow } from "./forward.fixture.js";
import { gradients, noised, sum } from "./gradients.fixture.js";
import { type Mode, moveChance, type Net, said, stepRow, subsRow } from "./sampling.fixture.js";

const timeEps = 1e-5;

/** A student's and a target's log-probabilities at one masked position, mask columns apart. */
interface Pair {
  readonly p: readonly number[];
  readonly q: readonly number[];
  readonly maskGap: { readonly rounded: number; readonly exact: number };
}

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

/** A case's draws, and the teacher's substeps on them. */
function drawCase({ m, numSteps, mode }: CaseSpec, teacher: Net, x0: number[][], random: Random) {
  const [batch, dt, u_t] = [x0.length, (1 - timeEps) / numSteps, random.uniform()];
  const t = rowsOf(batch, (i) => Math.fround((1 - timeEps) * ((u_t + i / batch) % 1) + timeEps));
  const { u_mask, xt } = noised(random, x0, t, teacher.sizes.vocab - 1);
  const share = (i: number) => (m === 1 ? 1 : 1 - i / (m - 1));
  const times = rowsOf(m, (i) => t.map((at) => Math.max(at * share(i) + (1 - at) * (at - m * dt), timeEps)));
  const u_steps = rowsOf(m, () => rowsOf(batch, () => uniformRow(random, teacher.sizes)));
  const rows = xt.map((ids, b) => {
    const ofRow = <T>(all: T[][]) => all.map((one) => one[b] as T);
    return substeps(teacher, ids, ofRow(times), dt, ofRow(u_steps), mode);
  });
  return { dt, u_t: [u_t], t, u_mask, xt, times, u_steps, rows };
}

interface Nets {
  readonly teacher: Net;
  readonly student: Net;
}

function writeCase(root: string, spec: CaseSpec, { teacher, student }: Nets, x0: number[][], random: Random) {
  const { m, numSteps, mode } = spec;
  const { vocab: V, length } = teacher.sizes;
  const { dt, u_t, t, u_mask, xt, times, u_steps, rows } = drawCase(spec, teacher, x0, random);
  const targets = rows.map((row) => row.targets);
  const states = rowsOf(m, (i) => rows.map((row) => row.states[i] as number[]));
  const masked = [xt, ...states].map((ids) => ids.flat().filter((id) => id === V - 1).length);
  const all = [x0.length, length, V];
  const nothing = Array<number>(V).fill(0);
  const write = (file: string, shape: number[], values: number[]) => writeNpy(join(root, `${file}.npy`), shape, values);
  const bySubstep = rowsOf(m, (i) => rows.flatMap((row) => (row.spoken[i] as number[][]).flat()));
  const target = xt.flatMap((ids, b) => ids.flatMap((_, l) => targets[b]?.get(l)?.logp ?? nothing));
  const student_logprobs = xt.flatMap((ids) => subsRow(student, ids).flat());
  write("u_mask", [x0.length, length], u_mask.flat());
  write("u_steps", [m, ...all], u_steps.flat(3));
  write("teacher_logp_steps", [m, ...all], bySubstep.flat());
  write("targets", all, target);
  write("student_logprobs", all, student_logprobs);
  const gradients = spec.withGradients ? lossGradients(student, xt, targets) : [];
  gradients.forEach((one, k) => {
    writeWeights(join(root, `grads.${kinds[k]}.safetensors`), one, ditShapes(student.sizes));
  });
  return {
    ...{ num_distill_steps: m, orig_num_sampling_steps: numSteps, sampling_mode: mode, dt, u_t, t, xt },
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
  const nets = { teacher, student };
  const made = (name: string, spec: CaseSpec) => writeCase(join(root, name), spec, nets, x0, random);
  const cases = Object.entries(specs).map(([name, spec]) => [name, made(name, spec)]);
  writeJson(join(root, "meta.json"), { x0, sampling_eps: timeEps, noise_eps: 1e-3, cases: Object.fromEntries(cases) });
}

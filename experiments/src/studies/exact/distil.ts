/**
 * @file One SDTT round in the limit: the best tabular student of all targets, weighted by how often each occurs.
 *
 * Any m, on the paper's time grid. The student's loss at (xt, i) is a mean of divergences to random targets. Reverse KL
 * is least at their normalised geometric mean, forward KL at their arithmetic mean; both means are computed backwards
 * over the substeps, through every set of positions that each may reveal and every token that it may draw there. What is
 * left out of a real round: its finite number of updates, and that a batch is averaged over its own number of masks.
 */
import { moveChanceAt, substepTimes, timeEps, unmaskProbability } from "@sdtt/core/diffusion";
import { type KlName, targetMeans } from "@sdtt/distill/method";
import { maskedOf } from "./space.js";
import { emptyTable, normalise, rowOf, type Table } from "./table.js";

/** A step of the teacher. */
export interface Substeps {
  readonly dt: number;
  /** m */
  readonly substeps: number;
}

/** A point of an integral over [0, 1], and how much it counts. */
interface Node {
  readonly t: number;
  readonly weight: number;
}

/** Points of an integral over [from, to] that are exact for polynomials of degree 2n − 1 (Gauss–Legendre). */
export function gaussNodes(n: number, from: number, to: number): Node[] {
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let newton = 0; newton < 50; newton++) {
      let [before, here] = [1, x];
      for (let k = 2; k <= n; k++) [before, here] = [here, ((2 * k - 1) * x * here - (k - 1) * before) / k];
      slope = (n * (x * here - before)) / (x * x - 1);
      x -= here / slope;
    }
    return { t: (from + to) / 2 + ((to - from) / 2) * x, weight: (to - from) / ((1 - x * x) * slope * slope) };
  });
}

/**
 * Times before masking, so that what is asked of them, a polynomial of degree L between any two multiples of Δ, is
 * integrated exactly.
 */
function timeNodes(length: number, { dt, substeps }: Substeps): Node[] {
  const ends = [timeEps, ...Array.from({ length: substeps - 1 }, (_, i) => (i + 1) * dt).filter((t) => t < 1), 1];
  return ends.slice(1).flatMap((to, i) => gaussNodes(Math.ceil((length + 1) / 2), ends[i] as number, to));
}

/** How likely a substep reveals just a given set of r of k masked positions. [k][r] */
type RevealChances = readonly (readonly number[])[];

const everyCount = (length: number) => Array.from({ length: length + 1 }, (_, k) => k);

const chancesAt = (length: number, reveal: number): RevealChances =>
  everyCount(length).map((k) => everyCount(k).map((r) => reveal ** r * (1 - reveal) ** (k - r)));

/** The chance that one of k positions is revealed: Σ over the sets that hold it. */
function ownChance(chances: readonly number[]): number {
  const k = chances.length - 1;
  let [sum, ways] = [0, 1];
  for (let r = 1; r <= k; r++) {
    sum += ways * (chances[r] as number);
    ways = (ways * (k - r)) / r;
  }
  return sum;
}

/**
 * One substep backwards: what a position's target is expected to be, as it enters the mean, given that of later ones.
 *
 * A position that this substep reveals has the teacher's own answer; any other that of the state that is reached.
 *
 * Shapes   own, later [states · L · C] → the same
 */
function before({ space, p }: Table, own: Float64Array, later: Float64Array, chances: RevealChances): Float64Array {
  const { tokens: C, length } = space;
  const place = Array.from({ length }, (_, i) => (C + 1) ** (length - 1 - i));
  const result = new Float64Array(own.length);
  const left = new Int32Array(length);
  for (let state = 0; state < space.states; state++) {
    const masked = maskedOf(space, state);
    const base = state * length;
    const sets = chances[masked.length] as readonly number[];
    const walk = (n: number, reached: number, kept: number, tokens: number): void => {
      if (n < masked.length) {
        const i = masked[n] as number;
        left[kept] = i;
        walk(n + 1, reached, kept + 1, tokens);
        for (let v = 0; v < C; v++) {
          const chance = p[(base + i) * C + v] as number;
          if (chance > 0) walk(n + 1, reached - (C - v) * (place[i] as number), kept, tokens * chance);
        }
        return;
      }
      const chance = tokens * (sets[masked.length - kept] as number);
      for (let k = 0; k < kept; k++) {
        const i = left[k] as number;
        const [to, from] = [(base + i) * C, (reached * length + i) * C];
        for (let v = 0; v < C; v++) result[to + v] = (result[to + v] as number) + chance * (later[from + v] as number);
      }
    };
    walk(0, state, 0, 1);
    const shown = ownChance(sets);
    for (const i of masked) {
      const at = (base + i) * C;
      for (let v = at; v < at + C; v++) result[v] = (result[v] as number) + shown * (own[v] as number);
    }
  }
  return result;
}

/** How likely k masked positions are at a time, up to a factor of k: ∝ (1 − α_t)^k · α_t^(L − k). */
const maskDensity = (length: number, t: number): number[] =>
  everyCount(length).map((k) => moveChanceAt(t) ** k * (1 - moveChanceAt(t)) ** (length - k));

/** Times and how much each counts in a state of k masked positions; for each k they sum to one. */
function timesByMasks(length: number, step: Substeps): { readonly t: number; readonly weights: readonly number[] }[] {
  const nodes = timeNodes(length, step).map(({ t, weight }) => {
    return { t, weights: maskDensity(length, t).map((density) => density * weight) };
  });
  const totals = everyCount(length).map((k) => nodes.reduce((sum, { weights }) => sum + (weights[k] as number), 0));
  return nodes.map(({ t, weights }) => ({ t, weights: weights.map((weight, k) => weight / (totals[k] as number)) }));
}

/** What a position's target is expected to be at each state, as it enters the mean. [states · L · C] */
function expectedTargets(teacher: Table, step: Substeps, enter: (logProb: number) => number): Float64Array {
  const { space } = teacher;
  const { length, tokens } = space;
  const own: Float64Array = teacher.p.map((value) => enter(Math.log(value)));
  const nodes = timesByMasks(length, step);
  const revealAt = (t: number) => unmaskProbability(t - step.dt, t);
  if (step.substeps === 2) {
    // After its one draw nothing depends on the time: all times go into one pass.
    const chances = everyCount(length).map((k) =>
      everyCount(k).map((r) =>
        nodes.reduce((sum, { t, weights }) => {
          return sum + (weights[k] as number) * revealAt(t) ** r * (1 - revealAt(t)) ** (k - r);
        }, 0),
      ),
    );
    return before(teacher, own, own, chances);
  }
  const counts = Array.from({ length: space.states }, (_, state) => maskedOf(space, state).length);
  const sums = new Float64Array(own.length);
  for (const { t, weights } of nodes) {
    const drawn = substepTimes("paper", t, step.dt, step.substeps).slice(0, -1);
    const mean = drawn.reduceRight<Float64Array>(
      (later, at) => (at <= step.dt ? own : before(teacher, own, later, chancesAt(length, revealAt(at)))),
      own,
    );
    for (let n = 0; n < sums.length; n++) {
      const k = counts[Math.floor(n / (length * tokens))] as number;
      sums[n] = (sums[n] as number) + (weights[k] as number) * (mean[n] as number);
    }
  }
  return sums;
}

/**
 * The student that minimises the expected divergence to the teacher's targets at every state.
 *
 * Holds    reverse-kl: the normalised geometric mean of the targets; forward-kl: their arithmetic mean
 */
export function distilExactly(teacher: Table, step: Substeps, divergence: KlName): Table {
  const { space } = teacher;
  const { enter, leave } = targetMeans[divergence];
  const expected = expectedTargets(teacher, step, enter);
  const student = emptyTable(space);
  for (let state = 0; state < space.states; state++) {
    for (const i of maskedOf(space, state)) {
      const at = rowOf(space, state, i);
      const logs = expected.subarray(at, at + space.tokens).map(leave);
      const most = Math.max(...logs);
      student.p.set(
        logs.map((log) => Math.exp(log - most)),
        at,
      );
    }
  }
  normalise(student);
  return student;
}

/** The teacher, then the student of every round; Δ begins at 1/K₀ and grows m-fold. */
export function exactRounds(
  teacher: Table,
  initialSteps: number,
  rounds: number,
  divergence: KlName,
  substeps = 2,
): Table[] {
  const tables = [teacher];
  for (let round = 0; round < rounds; round++) {
    const dt = substeps ** round / initialSteps;
    tables.push(distilExactly(tables[round] as Table, { dt, substeps }, divergence));
  }
  return tables;
}

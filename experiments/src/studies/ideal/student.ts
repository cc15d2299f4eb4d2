/**
 * @file What a student may say at a state, tabular and free at each: a product of its positions, or a mixture of products.
 *
 * A mixture chooses one of its products anew at each step, for all positions together.
 */
import { mixtureChances, type RowComponent } from "../exactLaw.js";
import { posterior, rowKey, type World } from "../world.js";

export interface Component {
  readonly weight: number;
  /** p(x_i = v) at masked positions. [L · C] */
  readonly p: Float64Array;
}

/** Shapes   xt [L], the mask is token C */
export type Student = (xt: Uint8Array) => readonly Component[];

/** Rows that go on from a state, with their chances given it. */
export interface Ahead {
  readonly xt: Uint8Array;
  readonly masked: readonly number[];
  readonly rows: readonly Uint8Array[];
  readonly chances: readonly number[];
}

export function aheadOf(world: World, xt: Uint8Array): Ahead {
  const masked = Array.from(xt.keys()).filter((i) => xt[i] === world.tokens);
  const fits = (row: Uint8Array) => xt.every((v, i) => v === world.tokens || v === row[i]);
  const kept = world.rows.flatMap((row, n) => (fits(row) ? [[row, world.probabilities[n] as number] as const] : []));
  const total = kept.reduce((sum, [, p]) => sum + p, 0);
  return { xt, masked, rows: kept.map(([row]) => row), chances: kept.map(([, p]) => p / total) };
}

const remembered = (student: Student): Student => {
  const known = new Map<string, readonly Component[]>();
  return (xt) => {
    const key = rowKey(xt);
    const found = known.get(key) ?? student(xt);
    known.set(key, found);
    return found;
  };
};

/** A student that answers each state with what `best` finds for it. */
export const studentBy = (world: World, best: (ahead: Ahead) => readonly Component[]): Student =>
  remembered((xt) => best(aheadOf(world, xt)));

/** p(x_i | revealed), exactly. */
export const teacherOf = (world: World): Student => remembered((xt) => [{ weight: 1, p: posterior(world, xt) }]);

/** A student whose categoricals are weighed anew. Shapes   `weigh`: a chance and its place in [L · C] */
const reweighted = (student: Student, tokens: number, weigh: (chance: number, at: number) => number): Student =>
  remembered((xt) =>
    student(xt).map(({ weight, p }) => {
      const q = p.map((value, at) => (value > 0 ? weigh(value, at) : 0));
      for (let at = 0; at < q.length; at += tokens) {
        const own = q.subarray(at, at + tokens);
        const total = own.reduce((sum, value) => sum + value, 0);
        if (total > 0) own.set(own.map((value) => value / total));
      }
      return { weight, p: q };
    }),
  );

/** Each of a student's categoricals raised to 1/τ. */
export const sharpened = (student: Student, tokens: number, temperature: number): Student =>
  reweighted(student, tokens, (value) => value ** (1 / temperature));

/** The exact teacher guided by `weight`: p(v | xt)^(1 + w) / p(v | all masked)^w. */
export function guidedTeacher(world: World, weight: number): Student {
  const teacher = teacherOf(world);
  const [blank] = teacher(new Uint8Array(world.length).fill(world.tokens));
  return reweighted(teacher, world.tokens, (value, at) => value * (value / (blank?.p[at] as number)) ** weight);
}

/** What a student says of a row after each set of its positions. */
function componentsOf({ tokens, length }: World, student: Student, row: Uint8Array) {
  const sets = 2 ** length;
  const components: RowComponent[] = [];
  const at = (c: number) => {
    components[c] ??= { weights: new Float64Array(sets), p: new Float64Array(sets * length) };
    return components[c];
  };
  for (let set = 0; set < sets - 1; set++) {
    const xt = row.map((v, i) => ((set >> i) & 1 ? v : tokens));
    student(xt).forEach(({ weight, p }, c) => {
      const { weights, p: own } = at(c);
      weights[set] = weight;
      for (let i = 0; i < length; i++) own[set * length + i] = p[i * tokens + (row[i] as number)] as number;
    });
  }
  // What is all revealed stays.
  at(0).weights[sets - 1] = 1;
  return components;
}

/** The chance of each row in one step, which asks about one state alone. Shapes   → [rows] */
export function firstStepLaw({ rows, tokens, length }: World, student: Student): number[] {
  const components = student(new Uint8Array(length).fill(tokens));
  return rows.map((row) =>
    components.reduce((sum, { weight, p }) => {
      return sum + row.reduce((product, v, i) => product * (p[i * tokens + v] as number), weight);
    }, 0),
  );
}

/**
 * The chance of each row of the world after each of `counts` ancestral steps.
 *
 * Shapes   → [counts, rows]
 */
export function lawsOf(world: World, student: Student, counts: readonly number[]): number[][] {
  const chances = world.rows.map((row) => mixtureChances(componentsOf(world, student, row), world.length, counts));
  return counts.map((_, k) => chances.map((row) => row[k] as number));
}

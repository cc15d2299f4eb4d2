/**
 * @file The study: what the best student of each method makes of a world in K steps.
 *
 * Each student is the best answer at each state alone, by the exact teacher: no network, no updates. SDTT's is that of the round
 * that is nearest to the truth at K, of all rounds that fit into unit time.
 */
import { klNames } from "@sdtt/distill/method";
import { exactRounds } from "../exact/distil.js";
import { entropy, totalVariation } from "../exact/measures.js";
import { digitsOf, type Space, spaceOf, stateOf } from "../exact/space.js";
import { emptyTable, type Table } from "../exact/table.js";
import { orbitsOf, type Puzzle } from "../puzzle/squares.js";
import { type World, worldEntropy } from "../world.js";
import { bestProduct, type Objective } from "./coordinates.js";
import { bestMixture } from "./mixture.js";
import { alphaOf, meanField } from "./objectives.js";
import { allGroups, orderedLaw, spacedGroups } from "./order.js";
import { firstStepLaw, guidedTeacher, lawsOf, type Student, sharpened, studentBy, teacherOf } from "./student.js";

export interface Cell {
  readonly numSteps: number;
  /** Total variation from the true law. */
  readonly distance: number;
  /** KL(truth ‖ law), nats a row; Infinity where the law leaves a row out. */
  readonly missed: number;
  /** Chance of a row of the world. */
  readonly validity: number;
  /** Of the law of such rows, nats. */
  readonly entropy: number;
  /** Total variation of the teacher whose temperature gives this entropy at K steps. */
  readonly control?: number;
}

export interface Line {
  readonly method: string;
  readonly cells: readonly (Cell | undefined)[];
}

export interface Study {
  readonly world: World;
  readonly entropy: number;
  readonly lines: readonly Line[];
}

export interface StudyOptions {
  readonly counts: readonly number[];
  readonly mixtures: readonly number[];
  readonly alphas: readonly number[];
  readonly substeps: readonly number[];
  readonly initialSteps: number;
  /** What SDTT's teacher mixes of an even law into what cannot be; a target of chance 0 has no reverse KL. */
  readonly floor: number;
  readonly onLine?: (method: string) => void;
}

/** As on the default world. */
const guidance = 0.5;
/** Worlds of so many positions are enumerated state by state; of longer ones only the first step is, and fixed orders. */
const enumerated = 9;
/** Assignments of positions to groups that are tried for the best order. */
const ordersTried = 20_000;

export function cellOf(world: World, numSteps: number, law: readonly number[]): Cell {
  const validity = law.reduce((sum, p) => sum + p, 0);
  const missed = world.probabilities.reduce(
    (sum, p, n) => (p > 0 ? sum + p * Math.log(p / (law[n] as number)) : sum),
    0,
  );
  return {
    numSteps,
    validity,
    missed,
    distance: totalVariation(law, world.probabilities) + (1 - validity) / 2,
    entropy: entropy(law.map((p) => p / validity)),
  };
}

/** The teacher's distance at K steps with the temperature that gives an entropy, by bisection. */
function controlOf(world: World, teacher: Student, numSteps: number, wanted: number): number {
  let [low, high] = [0.02, 20];
  const at = (temperature: number) =>
    cellOf(world, numSteps, lawsOf(world, sharpened(teacher, world.tokens, temperature), [numSteps])[0] as number[]);
  for (let i = 0; i < 14; i++) {
    const middle = Math.sqrt(low * high);
    if (at(middle).entropy < wanted) low = middle;
    else high = middle;
  }
  return at(Math.sqrt(low * high)).distance;
}

/** The exact teacher of any world as a table, mixed with an even law. */
export function tableOf(world: World, floor: number, space: Space = spaceOf(world.tokens, world.length)): Table {
  const table = emptyTable(space);
  const teacher = teacherOf(world);
  for (let state = 0; state < space.states; state++) {
    const xt = digitsOf(space, state);
    const p = teacher(xt)[0]?.p as Float64Array;
    xt.forEach((digit, i) => {
      if (digit !== space.tokens) return;
      for (let v = i * space.tokens; v < (i + 1) * space.tokens; v++)
        table.p[state * space.length * space.tokens + v] = (1 - floor) * (p[v] as number) + floor / space.tokens;
    });
  }
  return table;
}

export const studentOfTable = ({ space, p }: Table): Student => {
  const size = space.length * space.tokens;
  return (xt) => {
    const state = stateOf(space, xt);
    return [{ weight: 1, p: p.subarray(state * size, (state + 1) * size) }];
  };
};

type Laws = readonly (readonly number[] | undefined)[];

/** SDTT's law at each K, of the round that is nearest to the truth there. */
function* sdtt(world: World, o: StudyOptions): Generator<[string, Laws]> {
  const hasZeros = world.rows.length < world.tokens ** world.length;
  const teacher = tableOf(world, hasZeros ? o.floor : 0);
  for (const divergence of klNames) {
    // More than two substeps in 4⁹ states are an hour.
    for (const m of hasZeros ? o.substeps.filter((count) => count === 2) : o.substeps) {
      const rounds = Math.floor(Math.log(o.initialSteps) / Math.log(m));
      const tables = exactRounds(teacher, o.initialSteps, rounds, divergence, m).slice(1);
      const laws = tables.map((table) => lawsOf(world, studentOfTable(table), o.counts));
      const nearest = o.counts.map((count, k) => {
        const of = (law: number[][]) => cellOf(world, count, law[k] as number[]).distance;
        return laws.reduce((best, law) => (of(law) < of(best) ? law : best))[k];
      });
      yield [`SDTT, ${divergence}, m = ${m}`, nearest];
    }
  }
}

/** The methods whose student is a product or a mixture of products at each state. */
function* fitted(world: World, o: StudyOptions): Generator<[string, Student]> {
  const product = (objective: Objective, starts: "all" | "teacher") =>
    studentBy(world, (ahead) => [{ weight: 1, p: bestProduct(objective, ahead, world.tokens, starts) }]);
  yield [`teacher, guided by ${guidance}`, guidedTeacher(world, guidance)];
  yield ["reverse KL to the joint (IDLM, D-MMD), best", product(meanField, "all")];
  yield ["the same, begun as the teacher", product(meanField, "teacher")];
  for (const k of o.alphas) {
    yield [`AlphaDLM, k = ${k}, best`, product(alphaOf(k), "all")];
    yield [`AlphaDLM, k = ${k}, begun as the teacher`, product(alphaOf(k), "teacher")];
  }
  for (const count of o.mixtures) {
    yield [`mixture of ${count} (Di4C)`, studentBy(world, (ahead) => bestMixture(ahead, count, world.tokens))];
  }
}

function* ordered(world: World, { counts }: StudyOptions): Generator<[string, Laws]> {
  const teacher = teacherOf(world);
  const fits = counts.map((count) => Math.min(count, world.length));
  const spaced = (by: Student) => fits.map((k) => orderedLaw(world, spacedGroups(world.length, k), by));
  yield ["teacher, spaced order (DUS)", spaced(teacher)];
  yield [`the same, guided by ${guidance}`, spaced(guidedTeacher(world, guidance))];
  const best = fits.map((steps) => {
    if (steps ** world.length > ordersTried && steps < world.length) return undefined;
    if (steps === world.length) return world.probabilities;
    const laws = [...allGroups(world.length, steps)].map((groups) => orderedLaw(world, groups, teacher));
    const apart = laws.map((law) => cellOf(world, steps, law).distance);
    return laws[apart.indexOf(Math.min(...apart))];
  });
  yield ["teacher, best of all fixed orders", best];
}

/** The teacher's laws of a puzzle: rows of one orbit have the same chance. */
function lawsByOrbit(world: Puzzle, counts: readonly number[]): number[][] {
  const orbits = orbitsOf(world);
  const first = { ...world, rows: orbits.map(([row]) => world.rows[row as number] as Uint8Array) };
  const laws = lawsOf(first, teacherOf(world), counts);
  return laws.map((law) => {
    const all = new Array<number>(world.rows.length);
    orbits.forEach((orbit, i) => {
      for (const row of orbit) all[row] = law[i] as number;
    });
    return all;
  });
}

/** Every method's law at each K; undefined where it is too large to be enumerated. */
function* lawsOfMethods(world: World | Puzzle, o: StudyOptions): Generator<[string, Laws]> {
  const isSmall = world.length <= enumerated;
  yield ["teacher", "symmetries" in world ? lawsByOrbit(world, o.counts) : lawsOf(world, teacherOf(world), o.counts)];
  if (isSmall) yield* sdtt(world, o);
  for (const [method, student] of fitted(world, o)) {
    if (isSmall) yield [method, lawsOf(world, student, o.counts)];
    else yield [method, o.counts.map((count) => (count === 1 ? firstStepLaw(world, student) : undefined))];
  }
  yield* ordered(world, o);
  yield ["Gumbel coupling, exact AR model", o.counts.map(() => world.probabilities)];
}

export function idealStudents(world: World | Puzzle, o: StudyOptions): Study {
  const teacher = teacherOf(world);
  const hasControl = world.rows.length === world.tokens ** world.length;
  const lines: Line[] = [];
  for (const [method, laws] of lawsOfMethods(world, o)) {
    const cells = laws.map((law, k): Cell | undefined => {
      const numSteps = o.counts[k] as number;
      if (!law) return undefined;
      const cell = cellOf(world, numSteps, law);
      return hasControl ? { ...cell, control: controlOf(world, teacher, numSteps, cell.entropy) } : cell;
    });
    lines.push({ method, cells });
    o.onLine?.(method);
  }
  return { world, entropy: worldEntropy(world), lines };
}

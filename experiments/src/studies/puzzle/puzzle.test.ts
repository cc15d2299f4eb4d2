import { randomStream } from "@sdtt/core/base";
import { sampleAncestral } from "@sdtt/core/sampler";
import { describe, expect, it } from "vitest";
import { chain, joints, parity } from "../exact/joints.js";
import { stateOf } from "../exact/space.js";
import { stepLaws } from "../exact/steps.js";
import { exactTeacher, rowOf } from "../exact/table.js";
import { tableDenoiser } from "../exact/tableDenoiser.fixture.js";
import { rowChances, rowConditionals } from "../exactLaw.js";
import { oracle, posterior, rowKey, worldEntropy } from "../world.js";
import { evenFirstStepBound, modelCells, oracleCells } from "./exact.js";
import { openPuzzle, orbitsOf, puzzleNames } from "./squares.js";
import { expectedDistinct, tallyOf } from "./tally.js";

describe("the puzzles", () => {
  it.each([
    ["latin3", 12, 9],
    ["latin4", 576, 16],
    ["sudoku4", 288, 16],
  ] as const)("%s are all %i, each once, and no cell of a line is repeated", (name, count, length) => {
    const { rows, tokens } = openPuzzle(name);
    expect([rows.length, rows[0]?.length]).toEqual([count, length]);
    expect(new Set(rows.map(rowKey)).size).toBe(count);
    for (const row of rows) {
      for (let line = 0; line < tokens; line++) {
        const across = row.subarray(line * tokens, (line + 1) * tokens);
        const down = row.filter((_, i) => i % tokens === line);
        expect([new Set(across).size, new Set(down).size]).toEqual([tokens, tokens]);
      }
    }
  });

  it("of 4 × 4 Sudoku have no box with a token twice", () => {
    for (const row of openPuzzle("sudoku4").rows) {
      for (const corner of [0, 2, 8, 10]) {
        expect(new Set([0, 1, 4, 5].map((i) => row[corner + i])).size).toBe(4);
      }
    }
  });

  it.each([
    ["latin3", [12]],
    ["latin4", [144, 432]],
    ["sudoku4", [96, 192]],
  ] as const)("%s fall into as many orbits as is known", (name, sizes) => {
    const found = orbitsOf(openPuzzle(name)).map((orbit) => orbit.length);
    expect(found.sort((a, b) => a - b)).toEqual([...sizes]);
  });
});

describe("the perfect teacher", () => {
  it.each(joints)("of $name says at every state what the exact study's says", (joint) => {
    const table = exactTeacher(joint);
    const { space } = joint;
    for (let state = 0; state < space.states; state += 7) {
      const xt = space.digits.subarray(state * space.length, (state + 1) * space.length);
      const p = posterior(joint, xt);
      xt.forEach((digit, i) => {
        if (digit !== space.tokens) return;
        const row = rowOf(space, stateOf(space, xt), i);
        for (let v = 0; v < space.tokens; v++)
          expect(p[i * space.tokens + v]).toBeCloseTo(table.p[row + v] as number, 12);
      });
    }
  });

  it("answers for rows that nothing continues with those that contradict them least", () => {
    const latin = openPuzzle("latin3");
    // Two equal tokens in the first line: one of the two is wrong, and either may be.
    const p = posterior(latin, Uint8Array.of(0, 0, 3, 3, 3, 3, 3, 3, 3));
    const third = Array.from(p.subarray(6, 9));
    expect(third).toEqual([0, 0.5, 0.5]);
  });

  it("draws rows of the world alone, evenly, when it reveals one token at a time", async () => {
    const latin = openPuzzle("latin3");
    const { ids } = await sampleAncestral(oracle(latin), { numSteps: 4000, batch: 240, seed: 1 });
    const rows = Array.from({ length: 240 }, (_, i) => ids.subarray(9 * i, 9 * i + 9));
    const { valid, distinct } = tallyOf(latin, rows);
    expect(valid / 240).toBeGreaterThan(0.98);
    expect(distinct).toBe(12);
  });
});

describe("the exact chance of a row", () => {
  it.each([chain, parity])("is that of the exact study's law at every step count ($name)", async (joint) => {
    const counts = [1, 2, 3, 8];
    const table = exactTeacher(joint);
    const laws = stepLaws(table, counts);
    const denoiser = tableDenoiser(table);
    const sums = counts.map(() => 0);
    for (const [n, row] of joint.rows.entries()) {
      const chances = rowChances(await rowConditionals(denoiser, row), joint.length, counts);
      chances.forEach((chance, k) => {
        // Logits are float32.
        expect(chance).toBeCloseTo(laws[k]?.[n] as number, 6);
        sums[k] = (sums[k] as number) + chance;
      });
    }
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
  });

  it("of one step is the product of single cells: N/C^L solve the puzzle", async () => {
    const latin = openPuzzle("latin3");
    const [cell] = await oracleCells(latin, [1]);
    expect(cell?.validity).toBeCloseTo(12 / 3 ** 9, 9);
    expect(cell?.entropy).toBeCloseTo(worldEntropy(latin), 9);
  });

  it("is at most that of an even first step which all later ones complete, and at one step just that", async () => {
    const latin = openPuzzle("latin3");
    const counts = [1, 2, 4];
    const most = evenFirstStepBound(latin, counts);
    const cells = await oracleCells(latin, counts);
    expect(most[0]).toBeCloseTo(cells[0]?.validity as number, 9);
    for (const [k, { validity }] of cells.entries()) expect(validity).toBeLessThan((most[k] as number) + 1e-9);
    const random = randomStream(3, "first step");
    const n = 4000;
    const drawn = Array.from({ length: n }, () =>
      Array.from({ length: 9 }, () => (random.uniform() < 1 / 2 ? random.integer(3) : undefined)),
    );
    const fits = (row: Uint8Array, some: readonly (number | undefined)[]) =>
      some.every((token, i) => token === undefined || token === row[i]);
    const share = drawn.filter((some) => latin.rows.some((row) => fits(row, some))).length / n;
    expect(Math.abs(share - (most[1] as number))).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / n));
  });

  it("is what sampling finds, within four standard errors, also of rows that the perfect teacher did not expect", async () => {
    const latin = openPuzzle("latin3");
    const counts = [2, 4, 16];
    const cells = await modelCells(latin, oracle(latin), counts);
    for (const { numSteps, validity } of cells) {
      const n = 4000;
      const { ids } = await sampleAncestral(oracle(latin), { numSteps, batch: n, seed: 5 });
      const { valid } = tallyOf(
        latin,
        Array.from({ length: n }, (_, i) => ids.subarray(9 * i, 9 * i + 9)),
      );
      expect(Math.abs(valid / n - validity)).toBeLessThan(4 * Math.sqrt((validity * (1 - validity)) / n));
    }
  });

  it("is the same whether each row is asked about or one of its orbit", async () => {
    const latin = openPuzzle("latin3");
    const [orbit, rows] = [await oracleCells(latin, [3]), await modelCells(latin, oracle(latin), [3])];
    expect(orbit[0]?.validity).toBeCloseTo(rows[0]?.validity as number, 12);
    expect(orbit[0]?.distance).toBeCloseTo(rows[0]?.distance as number, 12);
  });
});

describe("a tally", () => {
  const sudoku = openPuzzle("sudoku4");
  const [one, two] = sudoku.rows as [Uint8Array, Uint8Array];

  it("counts rows that solve the puzzle, different ones among them, and how evenly they come", () => {
    const wrong = one.with(0, ((one[0] as number) + 1) % 4);
    const tally = tallyOf(sudoku, [one, one, one, two, wrong]);
    const plain = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    expect(tally).toEqual({ samples: 5, valid: 4, distinct: 2, entropy: plain + 1 / 8 });
    expect(tallyOf(sudoku, [wrong])).toEqual({ samples: 1, valid: 0, distinct: 0, entropy: Number.NaN });
  });

  it("of even draws is short of ln N by no more than its noise, and finds as many as are expected", () => {
    const random = randomStream(3, "tally");
    const n = 2000;
    const draws = Array.from({ length: n }, () => sudoku.rows[random.integer(288)] as Uint8Array);
    const { entropy, distinct, valid } = tallyOf(sudoku, draws);
    expect(valid).toBe(n);
    expect(Math.abs(Math.log(288) - entropy)).toBeLessThan(0.02);
    expect(Math.abs(distinct - expectedDistinct(288, n))).toBeLessThan(4);
  });

  it("expects one row of one draw, and all of very many", () => {
    expect(expectedDistinct(288, 1)).toBeCloseTo(1, 12);
    expect(expectedDistinct(288, 1e6)).toBeCloseTo(288, 6);
  });
});

it("every puzzle is a world whose rows are equally likely", () => {
  for (const name of puzzleNames) {
    const world = openPuzzle(name);
    expect(worldEntropy(world)).toBeCloseTo(Math.log(world.rows.length), 9);
    expect(world.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  }
});

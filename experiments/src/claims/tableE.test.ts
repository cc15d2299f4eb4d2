/**
 * @file Inputs with their right values, by the rows of docs/claims.md's table E: what each test would have found at 6d11188.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assetPath, randomStream, tokenizerOf } from "@sdtt/core";
import {
  evaluationsAt,
  formatFigure,
  formatNumber,
  type JudgedPoint,
  lnGainOf,
  stepsNeeded,
  tableEstimates,
} from "@sdtt/core/statistics";
import { openStore, type Store } from "@sdtt/core/store";
import {
  allMaskSets,
  answerMasks,
  blockBounds,
  blocksOf,
  choiceFigures,
  drawMaskSets,
  maskSetsOf,
  ptb,
  scoreDenoised,
  wikitext2,
  zeroShotOf,
} from "@sdtt/eval/metrics";
import { openCheckpoint } from "@sdtt/eval/record";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reportOf } from "../default/report.js";
import { saidOf } from "../default/tables.js";
import { addStudents, judged } from "./threeSeeds.fixture.js";
import { world } from "./world.fixture.js";

const point = (genPpl: number, entropy: number): JudgedPoint => {
  return { genPpl, entropy, lnStderr: 0.02, entropyStderr: 0.004, correlation: 0 };
};

/** The teacher as it was published: gen-PPL / entropy at τ = 1, 0.9, 0.8, and at 4 and 8 steps far below. */
const published = new Map(
  (
    [
      [4, [917, 4.29], [754, 4.24], [609, 4.17]],
      [8, [498.5, 4.29], [404, 4.23], [314, 4.16]],
      [16, [352.5, 4.28], [275, 4.23], [215, 4.16]],
      [32, [293, 4.27], [232, 4.24], [169, 4.16]],
    ] as const
  ).map(([steps, ...points]) => [steps, points.map(([genPpl, entropy]) => point(genPpl, entropy))]),
);

it("E1: round 5 at 4, 8 and 16 steps saves its teacher 5.2, 10.7 and 18.0 steps, and 128 steps are 81 evaluations", () => {
  const needed = (
    [
      [515, 4.19],
      [288, 4.18],
      [214, 4.17],
    ] as const
  ).map(([genPpl, entropy]) => {
    const found = stepsNeeded([{ model: "s", draws: 1, student: point(genPpl, entropy), teacher: published }]);
    return "outside" in found ? "outside" : found.steps.value.toFixed(1);
  });
  expect(needed).toEqual(["5.2", "10.7", "18.0"]);
  const nfe = new Map([64, 128].map((steps) => [steps, steps * (1 - (1 - 1 / steps) ** 128)]));
  expect(evaluationsAt(nfe, 128).toFixed(1)).toBe("81.1");
});

describe("three seeds of one student", () => {
  let folder: string;
  let store: Store;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "table-e-"));
    store = openStore(join(folder, "sdtt.sqlite"));
    addStudents(store);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const said = (claim: string) => saidOf(reportOf(store, "default").tables, claim);

  it("E2: a student's own temperatures are no seeds: 1.96 of three, not 1.85 of five", () => {
    const before = said("gain|round 1|8|text");
    judged(store, { round: 1, seed: 1, temperature: 0.9, value: 80, entropy: 4.3 });
    judged(store, { round: 1, seed: 1, temperature: 0.8, value: 75, entropy: 4.1 });
    expect([said("gain|round 1|8|text"), said("gain|round 1|8")]).toEqual([before, "1.96"]);
  });

  it("E3: raw weights beside the student's are no seed: 0.25 of three, and two students of one seed are refused", () => {
    judged(store, { round: 1, seed: 1, value: 150, entropy: 4.6, subjectHash: "raw-1" });
    expect(said("ratio|round 1|8")).toBe("0.25");
    judged(store, { round: 1, seed: 1, value: 150, entropy: 4.6, subjectHash: "from elsewhere" });
    expect(() => reportOf(store, "default")).toThrow(/a table must be of one /);
  });

  it("E4: with one of three seeds below the frontier there is no mean and no interval, but 'outside in 1 of 3'", () => {
    judged(store, { round: 1, seed: 3, value: 40, entropy: 3.9 });
    expect([said("gain|round 1|8"), said("teacher-steps|round 1|8")]).toEqual(Array(2).fill("outside in 1 of 3"));
  });
});

it("E5: three values that agree by chance have no narrower an interval than their samples leave: [281, 295]", () => {
  const evaluations = [287.41, 288, 288.59].map((value, i) => ({ value, stderr: 5.93, model: `seed ${i}`, n: 320 }));
  const [found] = tableEstimates("gen-ppl", [{ evaluations, line: "round 5", isFixed: false }]);
  const half = (1.96 * 5.93) / 288 / Math.sqrt(3);
  expect(found?.low).toBeLessThan(288 * Math.exp(-half) + 0.01);
  expect(found?.high).toBeGreaterThan(288 * Math.exp(half) - 0.01);
});

it("E6: a model that prefers the right of two answers of five tokens by 0.3 nats a token has 1 000 of 1 000", async () => {
  const prefers = {
    ...{ vocabSize: 4, maskId: 3, length: 8, dispose() {} },
    logits: async (_xt: Int32Array, _rows: number, positions: readonly number[]) =>
      Float32Array.from(positions.flatMap(() => [0, 0.3, 0, 0])),
  };
  const questions = Array.from({ length: 1000 }, (_, i) => {
    return { id: String(i), right: i % 2, choices: [0, 1].map(() => ({ context: "", answer: "x" })) };
  });
  const items = questions.flatMap(({ right }) =>
    [0, 1].map((c) => ({
      ids: Int32Array.from([0, ...Array<number>(5).fill(c === right ? 1 : 2)]),
      from: 1,
      to: 6,
      cut: 0,
    })),
  );
  const scores = await scoreDenoised(prefers, answerMasks(questions, items, 1, 2), 64);
  const figures = choiceFigures(
    questions,
    scores.map(({ nll }) => nll),
  );
  expect([figures.accuracy.accuracy.value, figures.accuracy.ties]).toEqual([1, 0]);
});

it("E7: the bound of a last word of up to six tokens is Σ (|S| − 1)! (k − |S|)! / k! Σ nll, for every seed of masks", async () => {
  /** Knows a token the better the fewer are masked. */
  const model = {
    ...{ vocabSize: 3, maskId: 2, length: 8, dispose() {} },
    logits: async (xt: Int32Array, rows: number, positions: readonly number[]) => {
      const length = xt.length / rows;
      const hidden = (i: number) =>
        xt
          .subarray(length * Math.floor(i / length))
          .subarray(0, length)
          .filter((id) => id === 2).length;
      return Float32Array.from(positions.flatMap((i) => [0, 1 / hidden(i) + 0.1 * (i % length), 0]));
    },
  };
  const item = { ids: Int32Array.of(0, 1, 1, 1, 1, 1), from: 1, to: 6 };
  const bound = async (seed: number) => {
    const masks = maskSetsOf(5, () => drawMaskSets(randomStream(seed, "masks"), 8, 5));
    return (await scoreDenoised(model, [{ item, masks }], 64))[0]?.nll;
  };
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  let right = 0;
  for (const { positions } of allMaskSets(5)) {
    const xt = item.ids.map((id, j) => (positions.includes(j - 1) ? 2 : id));
    const logits = await model.logits(
      xt,
      1,
      positions.map((j) => j + 1),
    );
    const nll = positions.map(
      (_, i) => Math.log(1 + Math.exp(logits[3 * i + 1] as number)) - (logits[3 * i + 1] as number),
    );
    const weight = (factorial(positions.length - 1) * factorial(5 - positions.length)) / factorial(5);
    right += weight * nll.reduce((sum, x) => sum + x, 0);
  }
  expect([await bound(1), await bound(2), await bound(3)]).toEqual(Array(3).fill(expect.closeTo(right, 5)));
});

it("E8: bits per byte are Σ nats / ln 2 / Σ bytes of what was scored, end-of-text among the nats and not among the bytes", async () => {
  const checkpoint = openCheckpoint(assetPath("teacher"), "student");
  const tokenizer = tokenizerOf(checkpoint, { root: "nowhere" });
  const { vocabSize, endOfText } = tokenizer;
  const lines = Array.from({ length: 300 }, (_, i) =>
    "the light was good and the water was over the earth".slice(i % 9, 20 + (i % 30)),
  );
  const cut = blocksOf("ptb", ptb, lines.join("\n"), tokenizer, 128);
  const uniform = {
    ...{ vocabSize: vocabSize + 1, maskId: vocabSize, length: 128, dispose() {} },
    logits: async (_xt: Int32Array, _rows: number, positions: readonly number[]) =>
      new Float32Array((vocabSize + 1) * positions.length),
  };
  const nats = await blockBounds(uniform, cut.blocks, { seed: 1, times: 2, sequences: 16 });
  const scored = cut.blocks.flatMap((block) => [...block]);
  const written = cut.blocks.reduce((sum, block) => {
    return sum + [...block].reduce((bytes, id) => bytes + (id === endOfText ? 0 : tokenizer.bytesOf(id).length), 0);
  }, 0);
  const { bitsPerByte } = zeroShotOf(nats, 128, cut);
  expect(bitsPerByte.value).toBeCloseTo((scored.length * Math.log2(vocabSize)) / written, 6);
  // The mean over all tokens by the bytes of those that are text is lower.
  const texts = scored.filter((id) => id !== endOfText).length;
  expect(bitsPerByte.value).toBeGreaterThan(1.01 * ((texts * Math.log2(vocabSize)) / written));
});

it("E9: a blank row of WikiText-2 is nothing but its end-of-text", () => {
  const tokenizer = tokenizerOf(openCheckpoint(assetPath("teacher"), "student"), { root: "nowhere" });
  const [title, row] = [tokenizer.encode(" = A =\n"), tokenizer.encode(" b\n")];
  const end = tokenizer.endOfText;
  const right = [end, ...title, end, end, ...row, end, end];
  const { blocks } = blocksOf("wikitext2", wikitext2, " = A = \n \n b\n", tokenizer, right.length);
  expect(blocks.map((block) => [...block])).toEqual([right]);
});

describe("a round of real commands", () => {
  const { at, round, control, curve, report, studentOf, reading, silence, root } = world();
  const place = { at: at("root/reports/mine/report.md") };

  it("E10 and E11: curve opens the weights that the round calls its student; a null round stands beside it and is no student", async () => {
    silence();
    await round("mine", at("teacher"), "--seed=1");
    await control("mine", "null");
    await curve(at("root/runs/mine/round-1"), "--teacher=none");
    const rows = reading((store) =>
      store.evaluations({ experiment: "mine" }).filter(({ metric }) => metric === "gen-ppl"),
    );
    expect(new Set(rows.map(({ subjectHash }) => subjectHash))).toEqual(new Set([studentOf("mine")]));
    const student = reading((store) => store.rounds("mine/round-1")[0]?.studentHash);
    expect(student).toBe(studentOf("mine"));
    await report(
      "mine",
      ...[`--teacher=${at("teacher")}`, "--only=curve,frontier", "--steps=2,4", "--frontier-steps=4", "--ar=none"],
      ...["--frontier-samples=10", "--temperatures=1,0.7", "--top-ps=0.9", `--corpus=${at("texts")}`],
    );
    const markdown = readFileSync(place.at, "utf8");
    const [, gains = ""] = markdown.split("## Against the teacher\n");
    expect(gains.split("\n## ")[0]).toContain("| null, round 1 |");
    const pooled = reading((store) => store.evaluations({ experiment: "mine" }));
    expect(pooled.filter(({ control: of }) => of !== null)).toEqual([]);
    expect(root).toBe(at("root"));
  });
});

describe("E12", () => {
  it("2 of 5 153 are 3.88e-4, and none of them has an upper limit of 0.06 %", () => {
    expect(formatNumber(2 / 5153)).toBe("3.88e-4");
    expect(formatFigure({ metric: "lambada-accuracy", value: 0, stderr: 0, n: 5153 })).toBe("0 [0, 5.81e-4]");
  });

  it("the gain of a student that is sharper than most temperatures is read off a frontier that goes down as far", () => {
    const down = [point(909, 4.29), point(609, 4.17), point(312, 3.95), point(180, 3.6)];
    const gain = lnGainOf(down, point(248, 4.1));
    expect(Math.exp(gain?.value ?? Number.NaN)).toBeGreaterThan(1.8);
    expect(lnGainOf(down.slice(0, 2), point(248, 4.1))).toBeUndefined();
  });
});

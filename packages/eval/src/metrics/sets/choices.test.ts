/** @file Multiple choice: the published formats line by line, what is refused, and the two accuracies by hand. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { randomStream } from "@sdtt/core/base";
import type { Denoiser } from "@sdtt/core/sampler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTiny, type Tiny } from "../../tiny.fixture.js";
import { cutText, scoreDenoised } from "../lastWord/suffix.js";
import { readArc } from "./arc.js";
import { answerItems, answerMasks, choiceFigures, type Question, questionsOf } from "./choices.js";
import { readHellaSwag } from "./hellaswag.set.js";
import { readPiqa } from "./piqa.set.js";
import { readWinoGrande } from "./winogrande.set.js";

const readers = {
  "arc-easy": readArc,
  "arc-challenge": readArc,
  hellaswag: readHellaSwag,
  piqa: readPiqa,
  winogrande: readWinoGrande,
};
type ChoiceSet = keyof typeof readers;
const read = (set: ChoiceSet, path: string, labels?: string) => questionsOf(set, readers[set], path, labels);

let folder: string;
let tiny: Tiny;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choices-"));
  tiny = makeTiny();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  tiny.remove();
});

function file(...lines: unknown[]): string {
  const path = join(folder, "set.jsonl");
  writeFileSync(path, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return path;
}

const arc = {
  id: "Mercury_1",
  question: {
    stem: "What is hot?",
    choices: [
      { text: "ice", label: "A" },
      { text: "the sun", label: "B" },
    ],
  },
  answerKey: "B",
};
const hellaswag = {
  ...{ ind: 4, activity_label: "Cutting grass", ctx_a: "A man mows.", ctx_b: "he", ctx: "A man mows. he" },
  ...{ endings: ["stops. [title] Then rests.", "flies."], label: 1 },
};
const piqa = { goal: "Cool water", sol1: "Use a fridge.", sol2: "Use an oven." };
const winogrande = {
  qID: "q",
  sentence: "The cup fell off the shelf as the _ was loose.",
  option1: "cup",
  option2: "shelf",
  answer: "2",
};

describe("published formats", () => {
  it("of ARC, with letters or numbers as labels", async () => {
    const numbered = {
      ...arc,
      question: {
        ...arc.question,
        choices: [
          { text: "x", label: "1" },
          { text: "y", label: "2" },
        ],
      },
      answerKey: "1",
    };
    const [first, second] = await read("arc-easy", file(arc, numbered));
    expect(first).toMatchObject({
      right: 1,
      choices: [{ context: "Question: What is hot?\nAnswer:", answer: " ice" }, { answer: " the sun" }],
    });
    expect(second?.right).toBe(0);
  });

  it("of HellaSwag, without its marks, the second part of the context with a capital", async () => {
    const [question] = await read("hellaswag", file(hellaswag));
    expect(question?.choices.map(({ context, answer }) => context + answer)).toEqual([
      "Cutting grass: A man mows. He stops.. Then rests.",
      "Cutting grass: A man mows. He flies.",
    ]);
    expect(question?.right).toBe(1);
  });

  it("of PIQA, with labels in a file of their own", async () => {
    const labels = join(folder, "labels.lst");
    writeFileSync(labels, "1\n0\n");
    expect((await read("piqa", file(piqa, piqa), labels)).map(({ right }) => right)).toEqual([1, 0]);
    await expect(read("piqa", file(piqa), labels)).rejects.toThrow("there must be a label for each of 1 lines, got 2");
    await expect(read("piqa", file(piqa))).rejects.toThrow(/set\.jsonl:1: its label must be 0 or 1/);
  });

  it("of WinoGrande: the option belongs to the context, what follows is scored", async () => {
    const [question] = await read("winogrande", file(winogrande));
    expect(question).toMatchObject({
      right: 1,
      choices: [
        { context: "The cup fell off the shelf as the cup", answer: " was loose." },
        { context: "The cup fell off the shelf as the shelf", answer: " was loose." },
      ],
    });
  });

  /** Questions drawn at random, as AI2's lines and as the hub's records, and what both of them are. */
  function drawnArc(seed: number) {
    const random = randomStream(seed, "arc");
    const word = () =>
      Array.from({ length: 1 + random.integer(7) }, () => "abc \u00e9".charAt(random.integer(5))).join("");
    const text = () => `x${word()}`;
    return Array.from({ length: 6 }, (_, i) => {
      const labels = (random.integer(2) === 0 ? ["A", "B", "C", "D"] : ["1", "2", "3", "4"]).slice(
        0,
        2 + random.integer(3),
      );
      const texts = labels.map(text);
      const [stem, right] = [text(), random.integer(labels.length)];
      const of = { id: `q${i}`, answerKey: labels[right] };
      const records = texts.map((one, k) => ({ text: one, label: labels[k] }));
      const context = `Question: ${stem}\nAnswer:`;
      return {
        ai2: { ...of, question: { stem, choices: records } },
        hub: { ...of, question: stem, choices: { text: texts, label: labels } },
        flat: { ...of, question: stem, choices: records },
        means: { right, choices: texts.map((one) => ({ context, answer: ` ${one}` })) },
      };
    });
  }

  it.each([1, 2, 3, 4])("of ARC mean the same in every form and file that there are: draw %i", async (seed) => {
    const drawn = drawnArc(seed);
    const lines = (form: "ai2" | "hub" | "flat") => drawn.map((one) => JSON.stringify(one[form]));
    const files: [string, string | Uint8Array][] = (["ai2", "hub", "flat"] as const).flatMap(
      (form): [string, string | Uint8Array][] => [
        [`${form}.jsonl`, lines(form).join("\n")],
        [`${form}-blank.jsonl`, `\ufeff${lines(form).join("\r\n\r\n")}\r\n\n`],
        [`${form}.jsonl.gz`, gzipSync(`${lines(form).join("\n")}\n`)],
        [`${form}.json`, `[${lines(form).join(",\n")}]`],
      ],
    );
    for (const [name, content] of files) {
      const path = join(folder, name);
      writeFileSync(path, content);
      const found = await read("arc-easy", path);
      expect(found.map(({ id: _, ...question }: Question) => question)).toEqual(drawn.map(({ means }) => means));
    }
  });

  it.each([
    ["label is not as long as text", { question: "q", choices: { text: ["a", "b"], label: ["A"] }, answerKey: "A" }],
    ["there is no question", { choices: { text: ["a"], label: ["A"] }, answerKey: "A" }],
    ["choices are texts alone", { question: "q", choices: ["a", "b"], answerKey: "A" }],
    ["choices are nothing", { question: "q", choices: null, answerKey: "A" }],
  ])("of ARC are refused where %s", async (_, record) => {
    await expect(read("arc-easy", file(record))).rejects.toThrow("set.jsonl:1: question must have stem and choices");
  });

  it("of PIQA, HellaSwag and WinoGrande have labels as numbers or as text", async () => {
    for (const label of [1, "1"]) {
      expect((await read("piqa", file({ ...piqa, label })))[0]?.right).toBe(1);
      expect((await read("hellaswag", file({ ...hellaswag, label })))[0]?.right).toBe(1);
      expect((await read("winogrande", file({ ...winogrande, answer: label })))[0]?.right).toBe(0);
    }
    await expect(read("hellaswag", file({ ...hellaswag, label: null }))).rejects.toThrow("label must be the number");
  });

  it.each([
    ["arc-easy", "{", "the line must be JSON"],
    ["arc-easy", "3", "the line must be a JSON object"],
    ["arc-challenge", { ...arc, answerKey: "E" }, "answerKey must be the label of a choice"],
    ["hellaswag", { ...hellaswag, label: "" }, "label must be the number of an ending"],
    ["hellaswag", { ...hellaswag, endings: ["", "x"] }, "endings must be texts"],
    ["piqa", { ...piqa, sol2: "" }, "goal, sol1 and sol2 must be texts"],
    ["winogrande", { ...winogrande, sentence: "No gap." }, "sentence must have a _ with text after it"],
    ["winogrande", { ...winogrande, answer: "" }, 'answer must be "1" or "2"'],
  ] as [ChoiceSet, unknown, string][])("of %s are refused with their line: %j", async (set, line, message) => {
    const good = { "arc-easy": arc, "arc-challenge": arc, hellaswag, piqa: { ...piqa, label: 0 }, winogrande }[set];
    await expect(read(set, file(good, line))).rejects.toThrow(`${join(folder, "set.jsonl")}:2: ${message}`);
  });
});

describe("accuracy", () => {
  const question = (...answers: string[]) => ({
    id: "q",
    right: 1,
    choices: answers.map((answer) => ({ context: "", answer })),
  });

  it("takes the answer of fewest nats, and by bytes the one of fewest nats a byte", () => {
    const questions = [question("ab", "abcdefgh"), question("ab", "cd")];
    // 3 against 4 nats: the first is wrong by sum, right by bytes (1.5 against 0.5); then 5 against 4: right by both.
    const { accuracy, normalised } = choiceFigures(questions, [3, 4, 5, 4]);
    expect([accuracy.accuracy.value, normalised.accuracy.value]).toEqual([0.5, 1]);
    expect([accuracy.hits, normalised.hits]).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(accuracy.accuracy.stderr).toBeCloseTo(Math.sqrt(0.5 / 2));
  });

  it("counts a tie as a share and says that it is one: no answer is right for standing first", () => {
    const questions = [question("ab", "cd"), question("ab", "cd", "ef"), { ...question("ab", "cd"), right: 0 }];
    const { accuracy } = choiceFigures(questions, [2, 2, 1, 5, 1, 3, 4]);
    expect(accuracy.hits).toEqual([1 / 2, 0, 1]);
    expect(accuracy.ties).toBe(2);
  });

  /** Prefers token 1 to token 2 by 0.3 nats, wherever it is asked and whatever else is masked. */
  const prefers: Denoiser = {
    ...{ vocabSize: 4, maskId: 3, length: 64, dispose() {} },
    logits: async (_xt, _rows, positions) => Float32Array.from(positions.flatMap(() => [0, 0.3, 0, 0])),
  };

  it.each([
    [1, 2],
    [5, 2],
    [20, 2],
    [1, 4],
    [5, 4],
    [20, 4],
  ])("of a model that prefers the right answer by 0.3 nats a token is 1: %i tokens, %i choices", async (k, choices) => {
    const questions = Array.from({ length: 50 }, (_, i) => {
      return { id: String(i), right: i % choices, choices: Array(choices).fill({ context: "", answer: "x" }) };
    });
    const items = questions.flatMap(({ right }) =>
      Array.from({ length: choices }, (_, c) => {
        return { ids: Int32Array.from([0, ...Array<number>(k).fill(c === right ? 1 : 2)]), from: 1, to: k + 1, cut: 0 };
      }),
    );
    const masked = answerMasks(questions, items, 1, 2);
    const scores = await scoreDenoised(prefers, masked, 64);
    const { accuracy } = choiceFigures(
      questions,
      scores.map(({ nll }) => nll),
    );
    expect([accuracy.accuracy.value, accuracy.ties]).toEqual([1, 0]);
    const apart = (scores[1]?.nll ?? 0) - (scores[0]?.nll ?? 0);
    expect(apart).toBeCloseTo(0.3 * k, 5);
  });

  it("asks answers of one length at the same places, and those of unlike lengths by the same draws", () => {
    const item = (k: number) => ({ ids: new Int32Array(k + 1), from: 1, to: k + 1, cut: 0 });
    const two = [question("a", "b"), question("c", "d")];
    const [a, b, c] = answerMasks(two, [9, 9, 9, 12].map(item), 1, 5);
    expect(a?.masks).toEqual(b?.masks);
    expect(a?.masks).not.toEqual(c?.masks);
  });

  it("of what is longer than the model is of its end, and says how many were cut", async () => {
    const [short] = await read("winogrande", file(winogrande));
    const items = answerItems([short as NonNullable<typeof short>], tiny.tokenizer, 16);
    expect(items).toHaveLength(2);
    expect(items.every(({ ids }) => ids.length <= 16)).toBe(true);
    expect(cutText(items, "answers", 16)).toBe("2 of 2 answers cut from the left to 16 tokens");
    const whole = answerItems([short as NonNullable<typeof short>], tiny.tokenizer, 500);
    expect(cutText(whole, "answers", 500)).toBeUndefined();
  });
});

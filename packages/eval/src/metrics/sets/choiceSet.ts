/**
 * @file Data sets of multiple choice: accuracy by the answer of fewest nats, and of fewest nats a byte.
 */
import { hashOf, timedHash } from "../../record/hash.js";
import { exactTokens } from "../bound/maskSets.js";
import { asksCausally, type DataSet, type OnShare, type SetFigure } from "../dataSet.js";
import { scoreSorted } from "../lastWord/scoreItems.js";
import { cutText } from "../lastWord/suffix.js";
import { answerItems, answerMasks, choiceFigures, questionsOf, type ReadQuestion } from "./choices.js";
import { readSetFile } from "./textFile.js";

/** Rows of masks of an answer of more than six tokens, where nothing else is asked. */
const usualTimes = 8;

function figuresOf(name: string): SetFigure[] {
  const common = { version: 2, unit: "share", scale: "linear", better: "higher", errorOver: "items" } as const;
  return [
    { ...common, name: `${name}-accuracy`, what: `${name}: questions whose right answer has the fewest nats` },
    {
      ...common,
      name: `${name}-accuracy-per-byte`,
      what: `${name}: questions whose right answer has the fewest nats a byte`,
    },
  ];
}

export function choiceSet(name: string, read: ReadQuestion): DataSet {
  const figures = figuresOf(name);
  const [byNats, byBytes] = figures.map((figure) => figure.name) as [string, string];
  const readFile = async (path: string, labels?: string) => {
    const questions = await questionsOf(name, read, path, labels);
    const hash = hashOf(await readSetFile(name, path), labels === undefined ? "" : await readSetFile(name, labels));
    return { questions, hash };
  };
  return {
    needs: "dataset",
    name,
    figures: () => figures,
    async open(path, asked, labels) {
      const { engine, checkpoint, tokenizer, seed, times = usualTimes, sequences } = asked;
      const { questions, hash } = await asked.once(`${name} ${path} ${labels}`, () => readFile(path, labels));
      const { length } = checkpoint.model;
      const items = answerItems(questions, tokenizer, length);
      const isDrawn = !asksCausally(asked) && items.some(({ from, to }) => to - from > exactTokens);
      return {
        ...{ figures, hash, items: hash, n: questions.length },
        ...(isDrawn && { drawnHash: timedHash(hash, times) }),
        notes: [cutText(items, `answers of ${name}`, length) ?? []].flat(),
        chance: questions.reduce((sum, { choices }) => sum + 1 / choices.length, 0) / questions.length,
        rows: items.length,
        async score(from: number, to: number, onShare: OnShare) {
          const masks = answerMasks(questions, items, seed, times).slice(from, to);
          const onScored = (done: number) => onShare(done / masks.length);
          const scores = await scoreSorted(engine, checkpoint, masks, sequences, onScored);
          return scores.map(({ nll }) => nll);
        },
        estimate(nats: readonly number[]) {
          const { accuracy, normalised } = choiceFigures(questions, nats);
          return {
            [byNats]: { ...accuracy.accuracy, sums: accuracy.hits },
            [byBytes]: { ...normalised.accuracy, sums: normalised.hits },
          };
        },
      };
    },
  };
}

/**
 * @file The blind test: samples of two evaluations side by side without saying whose, and what people preferred.
 *
 * Sides and order are drawn from the pair and the person, so that they are random to who reads and the same after a reload. A
 * vote is an event of the run that drew the first of the two; of several votes of a person on a pair the last one counts.
 */
import { createHash } from "node:crypto";
import { userError } from "@sdtt/core/base";
import { exactInterval, type Interval } from "@sdtt/core/statistics";
import type { EvaluationRecord, EventRecord } from "@sdtt/core/store";
import { z } from "zod";
import { answerOf } from "../charts/data/answer.js";
import { groupBy } from "../charts/data/lines.js";
import { curvesFrom, selectExperiment } from "./curve.js";
import { experiment } from "./queryParts.js";
import { question } from "./question.js";
import type { Reader } from "./stores/merged.js";

export type Side = "left" | "right";
export type Chosen = "a" | "b" | "tie";

export interface BlindPair {
  readonly index: number;
  readonly left: string;
  readonly right: string;
  /** What the person said before; null: nothing yet. */
  readonly said: Side | "tie" | null;
}

/** What people preferred of two. */
export interface BlindResult {
  readonly a: string;
  readonly b: string;
  /** In words, as in "round 5, 8 steps". */
  readonly names: readonly [string, string];
  readonly votes: Readonly<Record<Chosen, number>>;
  readonly people: number;
  /** Of the votes that chose, those for the first, with the exact binomial interval; null without any. */
  readonly share: Interval | null;
  /** Pairs of people who judged the same pair of samples, and how many of them said the same. */
  readonly agreement: { readonly same: number; readonly of: number };
}

export const voteKind = "vote";
const voteData = z.object({
  a: z.string(),
  b: z.string(),
  index: z.number(),
  author: z.string(),
  chosen: z.enum(["a", "b", "tie"]),
});
type Vote = z.output<typeof voteData> & { readonly at: string };

const draw = (...parts: readonly (string | number)[]): Buffer =>
  createHash("sha256").update(JSON.stringify(parts)).digest();

/** On which side the first of the two stands for a person. */
export const sideOfA = (a: string, b: string, index: number, author: string): Side =>
  (draw(a, b, index, author)[0] as number) % 2 === 0 ? "left" : "right";

export const chosenBy = (said: Side | "tie", sideA: Side): Chosen =>
  said === "tie" ? "tie" : said === sideA ? "a" : "b";

function evaluationOf(reader: Reader, key: string): EvaluationRecord {
  const found = reader.evaluation(key);
  if (found) return found;
  throw userError(
    "blind",
    "each of the two must be an evaluation",
    key.slice(0, 40),
    "Open it from home or a meeting.",
  );
}

const votesIn = (events: readonly EventRecord[]): Vote[] =>
  events.flatMap(({ kind, data, at }) => {
    const found = kind === voteKind ? voteData.safeParse(data) : undefined;
    return found?.success ? [{ ...found.data, at }] : [];
  });

/** Of each person and pair of samples the last one. */
function counted(votes: readonly Vote[]): Vote[] {
  const groups = groupBy(votes, ({ author, index }) => JSON.stringify([author, index]));
  return [...groups.values()].map((same) => same.reduce((last, vote) => (vote.at >= last.at ? vote : last)));
}

function agreementOf(votes: readonly Vote[]): BlindResult["agreement"] {
  let [same, of] = [0, 0];
  for (const onOne of groupBy(votes, ({ index }) => String(index)).values()) {
    for (const [i, vote] of onOne.entries()) {
      for (const other of onOne.slice(i + 1)) {
        of++;
        if (vote.chosen === other.chosen) same++;
      }
    }
  }
  return { same, of };
}

function nameOf(reader: Reader, key: string): string {
  const e = reader.evaluation(key);
  if (!e) return key.slice(0, 12);
  const steps = e.steps === null ? "" : `, ${e.steps} steps`;
  const name = e.round > 0 ? `round ${e.round}` : (reader.run(e.runId)?.name ?? "teacher");
  return `${name}${steps}${e.temperature === 1 ? "" : `, τ ${e.temperature}`}`;
}

function resultFrom(reader: Reader, a: string, b: string, all: readonly Vote[]): BlindResult {
  const votes = counted(all.filter((vote) => vote.a === a && vote.b === b));
  const number = (chosen: Chosen) => votes.filter((vote) => vote.chosen === chosen).length;
  const [ours, theirs, tie] = [number("a"), number("b"), number("tie")];
  return {
    ...{ a, b, names: [nameOf(reader, a), nameOf(reader, b)] as const, votes: { a: ours, b: theirs, tie } },
    people: new Set(votes.map(({ author }) => author)).size,
    share: ours + theirs === 0 ? null : exactInterval(ours, ours + theirs),
    agreement: agreementOf(votes),
  };
}

/** Of every two that somebody has voted on in an experiment. */
export function blindResults(reader: Reader, name: string): BlindResult[] {
  const votes = reader.runs({ experiment: name }).flatMap(({ id }) => votesIn(reader.events(id)));
  const pairs = groupBy(votes, ({ a, b }) => JSON.stringify([a, b]));
  return [...pairs.values()].map((all) => resultFrom(reader, all[0]?.a as string, all[0]?.b as string, all));
}

/** The student of the newest round beside its teacher, at the step count that home speaks of. */
function usualPair(reader: Reader, name: string | undefined): readonly [string, string] {
  const found = selectExperiment(reader, name);
  const answer = answerOf(curvesFrom(reader, found.name).curve(), "");
  const [student, teacher] = [answer?.lines[0]?.keys[0], answer?.teacher?.keys[0]];
  if (student && teacher) return [student, teacher];
  throw userError("blind", "there must be a student beside its teacher", found.name, "Evaluate one: npx sdtt round.");
}

const blindQuery = z.strictObject({
  experiment,
  a: z.string().optional().describe("key of one evaluation; left out: the newest student's"),
  b: z.string().optional().describe("key of the other; left out: its teacher's"),
  author: z.string().trim().max(100).default("").describe("who votes: sides and order are this person's"),
});

/** Throws UserError for what is no evaluation, or two that kept no samples. */
export function blindOf(reader: Reader, { experiment: name, a, b, author }: z.output<typeof blindQuery>) {
  const [first, second] = a && b ? [a, b] : usualPair(reader, name);
  const own = evaluationOf(reader, first);
  const [ours, theirs] = [reader.samples(first), reader.samples(evaluationOf(reader, second).key)];
  const both = ours.flatMap((sample, i) => (theirs[i] ? [{ index: i, a: sample.text, b: theirs[i].text }] : []));
  const votes = votesIn(reader.events(own.runId));
  const mine = counted(votes.filter((vote) => vote.a === first && vote.b === second && vote.author === author));
  const pairs = both.map(({ index, ...texts }): BlindPair => {
    const side = sideOfA(first, second, index, author);
    const [left, right] = side === "left" ? [texts.a, texts.b] : [texts.b, texts.a];
    const chosen = mine.find((vote) => vote.index === index)?.chosen;
    const said =
      chosen === undefined
        ? null
        : chosen === "tie"
          ? "tie"
          : (chosen === "a") === (side === "left")
            ? "left"
            : "right";
    return { index, left, right, said };
  });
  const order = (index: number) => draw("order", first, second, index, author).toString("hex");
  pairs.sort((x, y) => (order(x.index) < order(y.index) ? -1 : 1));
  const isDone = author !== "" && pairs.length > 0 && pairs.every(({ said }) => said !== null);
  // Whose samples they are is said when all is said.
  return { a: first, b: second, pairs, result: isDone ? resultFrom(reader, first, second, votes) : null };
}

export const blind = question({
  what: "samples of two evaluations side by side without saying whose, and what people preferred once all pairs are voted on",
  query: blindQuery,
  answer: (query, { reader }) => blindOf(reader, query),
});

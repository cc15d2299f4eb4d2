/** @file Home's first line: on the figures that ship, on made ones whose gains are known, and where nothing can be said. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addKnown, openStore, readKnown, type Store } from "@sdtt/core/store";
import { assetsFolder } from "@sdtt/core/workspace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerSteps } from "../charts/data/answer.js";
import { curveFrom } from "./curve.js";
import { fillMade } from "./made.fixture.js";
import { judgedSince } from "./news.js";

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-answer-"));
  store = openStore(join(folder, "sdtt.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const then = "2026-01-01T00:00:00.000Z";

const made = (student: number, seeds: readonly number[], temperatures?: readonly number[]) =>
  fillMade(store, { student, seeds, createdAt: then, ...(temperatures && { temperatures }) });

const headSince = (since = then) => judgedSince(store, since).answer;

describe("the answer in words", () => {
  it("is that of the evaluation's own comparison on the figures that ship", () => {
    const known = readKnown(join(assetsFolder, "known.json"));
    if (known) addKnown(store, known);
    const answer = headSince("2026-11-20T00:00:00.000Z");
    expect(answer?.head).toMatch(
      /^round 5 writes with 8 steps what its teacher needs 9\.75 for at the same entropy \[8\.9\d, 10\.\d\]; it is 1\.08 times \[1\.0\d, 1\.1\d\] as good at 8 steps as its teacher sharpened to the same entropy; one seed, so nothing is known of other trainings\.$/,
    );
    expect(answer).toMatchObject({ isNew: true, experiment: "embedded", steps: 8, teacher: { label: "its teacher" } });
    expect(answer?.family).toMatch(/^verdicts at 5 % for all \d+ gains of the experiment together \(Holm\)$/);
  });

  it("says what is gained where several seeds tell it, and how many steps the teacher needs", () => {
    made(100, [1, 2, 3]);
    expect(headSince()?.head).toMatch(
      /^round 1 writes with 8 steps what its teacher needs 1\d\.\d for at the same entropy \[.*\]; it is 1\.41 times \[1\.\d+, 1\.\d+\] as good .*; 3 seeds\.$/,
    );
    expect(headSince()?.lines).toMatchObject([{ trust: "told apart", keys: expect.any(Array) }]);
  });

  it("calls what cannot be told from a sharpened teacher noise, however many step counts there are", () => {
    made(141.4, [1, 2, 3]);
    const answer = headSince();
    expect(answer?.head).toBe("Nothing that can be told from noise.");
    expect(answer?.lines[0]?.sentence).toMatch(
      /^round 1 cannot be told from its teacher sharpened to the same entropy: /,
    );
  });

  it("guesses nothing without a teacher's temperatures, and says how to have them", () => {
    made(100, [1], [1]);
    expect(headSince()?.head).toBe("Nothing could be compared at matched entropy.");
    expect(headSince()?.lines[0]?.sentence).toMatch(/no control.*“eval:frontier” draws its teacher's temperatures/);
  });

  it("is made of the gains that the quality view has, whatever other temperatures its students were drawn at", () => {
    made(100, [1, 2, 3]);
    const before = judgedSince(store, then);
    for (const e of store.evaluations({ round: 1 })) {
      const { key: _, ...row } = e;
      store.saveEvaluation({ ...row, temperature: 0.8, value: 0.7 * e.value, entropy: 4.1 });
    }
    const { matched } = curveFrom(store, { experiment: "made" });
    expect(judgedSince(store, then)).toEqual(before);
    expect(before.news.map(({ gain, needed }) => ({ gain, needed }))).toEqual(
      matched.gains.map(({ gain, needed }) => ({ gain, needed })),
    );
  });

  it("tells what was known before where nothing is new, and nothing where there is nothing", () => {
    expect(judgedSince(store, then)).toEqual({ news: [], answer: null });
    made(100, [1]);
    expect(headSince("2026-06-01T00:00:00.000Z")).toMatchObject({ isNew: false, experiment: "made" });
  });

  it("is of a step count that no figure chooses", () => {
    expect([answerSteps([4, 8, 16]), answerSteps([64, 16]), answerSteps([2, 4]), answerSteps([])]).toEqual([
      8,
      16,
      4,
      undefined,
    ]);
  });
});

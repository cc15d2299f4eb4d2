/** @file What a crowd costs a training is measured of the training's own clock; the server is the one that users start. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureBeside } from "./beside.js";
import { fillStore } from "./bigStore.js";

const isBuilt = existsSync(new URL("../../dist/cli.js", import.meta.url));
const turns = { turns: 2, seconds: 2 };

describe.skipIf(!isBuilt)("what viewers cost a training (needs npm run build)", () => {
  let folder: string;
  let path: string;
  let store: Store;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sdtt-beside-"));
    path = join(folder, "sdtt.sqlite");
    fillStore(path, { runs: 20, trainPoints: 100, evaluations: 40, samples: 0 }, Date.now());
    store = openStore(path);
  });
  afterAll(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  it("is read off the newest round's own clock, turn by turn: none, where updates take as long beside viewers who are all answered", async () => {
    const { id } = store.runs({ stage: "round" }).at(-1) as { id: string };
    let update = store.progress().find(({ runId }) => runId === id)?.update ?? 0;
    const training = setInterval(() => {
      update++;
      const point = { update, loss: 1, learningRate: 1e-3, gradNorm: 1, tokens: update, wallMs: 100 };
      store.addTrainPoints(id, [point]);
    }, 20);
    const lines: string[] = [];
    try {
      const crowd = { viewers: 3, players: 0 };
      const { slower, given } = await measureBeside(path, crowd, turns, (text) => void lines.push(text));
      expect(slower).toEqual({ mean: 0, low: 0, high: 0, n: 2 });
      expect(given.answers).toBeGreaterThanOrEqual(3);
      expect(lines.slice(-2)).toEqual(["| 1 | 100.0 | 100.0 |\n", "| 2 | 100.0 | 100.0 |\n"]);
    } finally {
      clearInterval(training);
    }
  }, 60_000);

  it("is refused where nothing trains", async () => {
    await expect(measureBeside(path, { viewers: 0, players: 0 }, turns, () => {})).rejects.toThrow(
      /a run must train while this is measured, two updates or more/,
    );
  }, 60_000);
});

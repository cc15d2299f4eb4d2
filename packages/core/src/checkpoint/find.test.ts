import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { float32 } from "../base/tensor.js";
import { checkpointFolder, findCheckpoint, modelText } from "./find.js";
import { checkpointPath, saveCheckpoint } from "./layout.js";
import { weightsHash } from "./safetensors/safetensors.js";
import { aState } from "./state.fixture.js";

const root = mkdtempSync(join(tmpdir(), "find-test-"));
afterAll(() => rmSync(root, { recursive: true }));

const weightsOf = (value: number) => ({ w: float32([1], [value]) });
const ema = weightsOf(0.5);

/** A checkpoint of a round with both kinds of weights. */
function save(run: string, round: number, update: number, config: Record<string, unknown> = {}): string {
  const folder = checkpointPath(join(root, run, `round-${round}`), update);
  const state = { ...aState, run, round, update, updates: 20, config };
  saveCheckpoint(folder, { model: weightsOf(round + update / 100), ema, state });
  return folder;
}

describe("the weights of a checkpoint, where nothing is asked for,", () => {
  it.each([
    ["its average, where its run says so", { weights: "ema" }, "ema"],
    ["its raw ones, where its run says so", { weights: "raw" }, "raw"],
    ["its average, where its run says nothing, as pre-training does", {}, "ema"],
  ] as const)("are %s", (_, config, weights) => {
    const folder = save(`own-${JSON.stringify(config).length}`, 1, 20, config);
    const found = findCheckpoint(folder, "student");
    expect([found.weights, found.hash]).toEqual([weights, weightsHash(weights === "ema" ? ema : weightsOf(1.2))]);
    expect(modelText(found)).toContain(`(${weights}, its student) ${found.hash.slice(0, 12)}`);
    const other = weights === "ema" ? "raw" : "ema";
    expect(modelText(findCheckpoint(folder, other))).toContain(`(${other}, not its student (${weights}))`);
  });

  it("are the only ones there are, and EMA weights that are not there are refused", () => {
    const folder = join(root, "bare");
    saveCheckpoint(folder, { model: weightsOf(1), state: { ...aState, config: { weights: "ema" } } });
    expect(findCheckpoint(folder, "student")).toMatchObject({ weights: "raw", inWords: "its only weights", notes: [] });
    expect(() => findCheckpoint(folder, "ema")).toThrow(
      "there must be EMA weights, got raw ones only (flag --weights)",
    );
  });

  it("are those of a known hash, where one of the two has it, else the student", () => {
    const folder = save("known", 1, 20);
    const raw = weightsHash(weightsOf(1.2));
    expect(findCheckpoint(folder, ["other", raw]).weights).toBe("raw");
    expect(findCheckpoint(folder, ["other"]).weights).toBe("ema");
  });
});

describe("a folder", () => {
  it("of a checkpoint, of its round and of its run are one checkpoint", () => {
    const folder = save("mine", 1, 20);
    for (const place of [folder, join(root, "mine/round-1"), join(root, "mine")]) {
      expect(checkpointFolder(place)).toBe(folder);
      expect(findCheckpoint(place, "student")).toMatchObject({ path: folder, notes: [] });
    }
  });

  it("of a run is its last finished round, and what was passed over is said", () => {
    for (const round of [1, 2, 10]) save("long", round, 20);
    save("long", 11, 5);
    const found = findCheckpoint(join(root, "long"), "student");
    expect(found.state.round).toBe(10);
    expect(found.unfinished).toBeUndefined();
    expect(found.notes).toEqual([`${join(root, "long")}: round-11 at update 5 of 20; round-10, finished, is taken`]);
  });

  it("of a round that is not finished is its newest checkpoint, and never without a word", () => {
    const folder = save("half", 1, 5);
    for (const place of [folder, join(root, "half/round-1"), join(root, "half")]) {
      const found = findCheckpoint(place, "student");
      expect(found.unfinished).toBe("round-1 at update 5 of 20");
      expect(found.notes).toEqual([`${folder}: round-1 at update 5 of 20, not finished`]);
      expect(modelText(found)).toMatch(/^half, round-1 at update 5 of 20 \(ema, its student\) /);
    }
  });

  it("that holds none of them is refused by its name", () => {
    expect(() => findCheckpoint(join(root, "none"), "student")).toThrow("state.json must be readable");
  });
});

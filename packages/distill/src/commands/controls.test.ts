/** @file Controls beside a run: what they take from it, what they are trained on, and that they say what they are. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadCheckpoint, readCheckpointState, weightsHash } from "@sdtt/core/checkpoint";
import { openStore } from "@sdtt/core/store";
import { beforeAll, describe, expect, it } from "vitest";
import { placeForCommands } from "../inProcess.fixture.js";

const { root, teacher, rounds, begin, stateOf, newest } = placeForCommands();
const hashOf = (name: string, number: number) => weightsHash(loadCheckpoint(newest(name, number)).model);

beforeAll(async () => {
  await begin("mine", "--lr=0.02", "--experiment=study", "--seed=7");
});

describe.each(["null", "equal-updates"] as const)("the control %s", (control) => {
  const name = `mine-${control}`;

  it("takes teacher, text, rates, seed and experiment of the run it stands beside, over as many rounds", async () => {
    expect((await rounds(`--control=${control}`, "--beside=mine", "--rounds=2")).code).toBe(0);
    const own = { lr: 0.02, seed: 7, updates: 2, experiment: "study", teacher, control, beside: "mine" };
    expect(stateOf(name, 1)).toMatchObject({ control, dt: 0, config: own, corpusHash: stateOf("mine", 1).corpusHash });
    const [first, second] = [readCheckpointState(newest(name, 1)), readCheckpointState(newest(name, 2))];
    expect(first.state.lineage).toEqual([readCheckpointState(teacher).hashes.model]);
    expect(second.state).toMatchObject({
      control,
      lineage: [...(first.state.lineage as string[]), first.hashes.ema],
    });
  });

  it("is in the store as a run of that experiment whose configuration says what it is", () => {
    const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
    const run = store.run(`${name}/round-2`);
    const [row] = store.rounds(`${name}/round-2`);
    store.close();
    expect(run).toMatchObject({ experiment: "study", stage: "round", config: { control } });
    expect(row).toMatchObject({ dt: 0, studentHash: readCheckpointState(newest(name, 2)).hashes.ema });
  });

  it("is another model than the student's, and another in its second round", () => {
    expect(new Set([hashOf("mine", 1), hashOf(name, 1), hashOf(name, 2)]).size).toBe(3);
  });
});

it("--substeps=1 is the null control under the name that is given, and goes on as one", async () => {
  await begin("plain", "--substeps=1");
  expect((await rounds("--name=plain")).code).toBe(0);
  expect([1, 2].map((number) => stateOf("plain", number))).toMatchObject([{ control: "null" }, { control: "null" }]);
});

it("the null control learns nothing at all without dropout, over two rounds", async () => {
  await begin("still", "--control=null", "--dropout=0", "--rounds=2", "--updates=6");
  const { model } = loadCheckpoint(teacher);
  expect([hashOf("still", 1), hashOf("still", 2)]).toEqual([weightsHash(model), weightsHash(model)]);
});

it("the teacher that is trained on reads other masks in each round, and the text from where it was", async () => {
  await begin("on", "--control=equal-updates", "--rounds=2", "--dropout=0");
  const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
  const losses = [1, 2].map((number) => store.trainPoints(`on/round-${number}`).map(({ loss }) => loss));
  store.close();
  expect(new Set(losses.flat()).size).toBe(4);
  expect(stateOf("on", 2).cursor).not.toEqual(stateOf("on", 1).cursor);
});

it("a round under AlphaDLM's loss says so, is remembered, and cannot go on as another", async () => {
  await begin("alpha", "--objective=alpha", "--alpha=2");
  expect((await rounds("--name=alpha")).code).toBe(0);
  expect([1, 2].map((number) => stateOf("alpha", number).config)).toMatchObject(
    [1, 2].map(() => ({ objective: "alpha", alpha: 2 })),
  );
  expect((await rounds("--name=alpha", "--objective=sdtt")).err).toContain('objective "alpha" → "sdtt"');
});

it.each([
  [["--control=null", "--beside=nobody"], "a control stands beside a run of "],
  [["--name=mine", "--control=null"], 'got substeps 2 → 1, control none → "null".'],
  [
    ["--control=null", "--beside=mine", "--substeps=3", "--name=x"],
    "the null control has one substep, got --substeps=3",
  ],
  [
    ["--name=x", "--teacher-dropout=0.1"],
    "only the null control's teacher may have dropout, got --teacher-dropout=0.1",
  ],
  [
    ["--name=x", "--control=null", "--shared-dropout", "--teacher-dropout=0.2"],
    "a dropout mask is shared by two of one rate above 0, got --dropout=0.1 and --teacher-dropout=0.2",
  ],
  [["--name=x", "--objective=alpha", "--control=null"], "a control has no objective of its own, got --objective=alpha"],
  [["--name=x", "--objective=alpha", "--head-chunk=8"], "alpha's loss needs all logits of a row at once"],
])("%j is refused in one line, and nothing is written", async (flags, message) => {
  const { code, err } = await rounds(...flags);
  expect([code, err.split("\n").length, err]).toEqual([1, 2, expect.stringContaining(message)]);
  expect(existsSync(join(root, "runs/x"))).toBe(false);
  expect(existsSync(join(root, "runs/mine/round-2"))).toBe(false);
});

/** @file A run remembers what it was begun with: its teacher, text and options are taken again, and others are refused. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkpointPath, loadCheckpoint, readCheckpointState, saveCheckpoint } from "@sdtt/core/checkpoint";
import { openStore } from "@sdtt/core/store";
import { beforeAll, describe, expect, it } from "vitest";
import { placeForCommands, writeTexts } from "../inProcess.fixture.js";

const place = placeForCommands();
const { at, root, teacher, text, distill, rounds, begin, stateOf, small, saveTeacher, newest } = place;
const otherText = at("other");
const roundsOf = (name: string) => readdirSync(join(root, "runs", name)).sort();

beforeAll(() => writeTexts(otherText, "darkness"));

describe("a run that is gone on with", () => {
  it("takes its teacher, text, options and experiment again where nothing is said", async () => {
    expect((await begin("a", "--lr=0.01", "--divergence=forward-kl", "--experiment=study")).code).toBe(0);
    expect((await rounds("--name=a")).code).toBe(0);
    const [first, second] = [stateOf("a", 1), stateOf("a", 2)];
    const own = { lr: 0.01, divergence: "forward-kl", updates: 2, initialSteps: 8, teacher, experiment: "study" };
    expect([first.config, second.config]).toMatchObject([own, own]);
    expect(second).toMatchObject({ text: { source: text }, corpusHash: first.corpusHash });
    const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
    expect(store.runs({ experiment: "study" }).map(({ id }) => id)).toEqual(["a/round-1", "a/round-2"]);
    store.close();
  });

  it.each([
    [["--divergence=total-variation"], 'got divergence "reverse-kl" → "total-variation". Leave them out'],
    [["--substeps=4"], "got substeps 2 → 4. Leave them out"],
    [[`--source=${otherText}`], `a run must go on with the text it began with, got ${text} → ${otherText} (flag`],
    [["--source=embedded"], `a run must go on with the text it began with, got ${text} → embedded (flag --source).`],
  ])("is refused %j in one line, and nothing is written", async (flags, message) => {
    if (!existsSync(join(root, "runs/b"))) await begin("b");
    const { code, err } = await rounds("--name=b", ...flags);
    expect([code, err.split("\n").length, roundsOf("b")]).toEqual([1, 2, ["round-1"]]);
    expect(err).toContain("round 2 of b: ");
    expect(err).toContain(message);
  });

  it("is refused another teacher, and takes its own wherever that lies and however it is written", async () => {
    await begin("c");
    const other = at("other-teacher");
    const { model, state } = loadCheckpoint(teacher);
    const [name = "", tensor] = Object.entries(model)[0] ?? [];
    const changed = { ...tensor, data: Float32Array.from((tensor as { data: Float32Array }).data, (x) => x + 1) };
    saveCheckpoint(other, { model: { ...model, [name]: changed as never }, state });
    const { code, err } = await rounds("--name=c", `--teacher=${other}`);
    const hash = readCheckpointState(teacher).hashes.model.slice(0, 12);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`round 2 of c: a run must go on with the teacher it began with (${hash}), got `),
    ]);
    cpSync(teacher, at("moved"), { recursive: true });
    expect((await rounds("--name=c", `--teacher=${at("moved")}`, `--source=${text}/`)).code).toBe(0);
  });

  it("may learn at another rate from the next round on, which is remembered too", async () => {
    await begin("d");
    expect((await rounds("--name=d", "--lr=0.5")).code).toBe(0);
    expect((await rounds("--name=d")).code).toBe(0);
    expect([1, 2, 3].map((number) => stateOf("d", number).config)).toMatchObject([
      { lr: 0.001 },
      { lr: 0.5 },
      { lr: 0.5 },
    ]);
  });

  it("shows with --print-config what it would run with", async () => {
    await begin("e", "--lr=0.25", "--steps=2,4", "--samples=6");
    place.printed = "";
    await rounds("--name=e", "--print-config");
    const evaluated = { steps: [2, 4], samples: 6 };
    expect(JSON.parse(place.printed)).toMatchObject({ lr: 0.25, teacher, experiment: "e", ...evaluated });
    place.printed = "";
    await rounds("--name=e", "--print-config", "--samples=8");
    expect(JSON.parse(place.printed)).toMatchObject({ steps: [2, 4], samples: 8 });
  });
});

describe("--rounds", () => {
  it("counts the rounds of a run in all: given again it says that they are done, and how to go on", async () => {
    await begin("f", "--rounds=2");
    expect(place.printed).toMatch(
      /round 1 done: .*\nround 2 done: .*\nrounds 1 to 2 of f are done; one more: --rounds=3\n$/,
    );
    place.printed = "";
    expect((await begin("f", "--rounds=2")).code).toBe(0);
    expect(place.printed).toBe("rounds 1 to 2 of f are done; one more: --rounds=3\n");
    expect(roundsOf("f")).toEqual(["round-1", "round-2"]);
  });

  it("is remembered where a run stopped before its end, and left out means one more where it did not", async () => {
    await begin("g", "--rounds=3");
    for (const number of [2, 3]) rmSync(join(root, `runs/g/round-${number}`), { recursive: true });
    await rounds("--name=g");
    expect(roundsOf("g")).toEqual(["round-1", "round-2", "round-3"]);
    await rounds("--name=g");
    expect(roundsOf("g")).toHaveLength(4);
  });
});

describe("a teacher of one's own text", () => {
  const tiny = ["--length=8", "--blocks=1", "--width=8", "--heads=2", "--validation-batches=1", "--easy-updates=0"];
  const train = (...args: string[]) => distill("pretrain", ...small, ...tiny, "--updates=2", ...args);

  it("is distilled on that text and by its average, and its run's name is its experiment", async () => {
    expect((await train("--name=own", `--source=${text}`, "--vocab=260")).code).toBe(0);
    expect((await rounds("--name=pupil", `--teacher=${join(root, "runs/own")}`, "--updates=2")).code).toBe(0);
    const [own, pupil] = [stateOf("own", 0), stateOf("pupil", 1)];
    expect(own).toMatchObject({ text: { source: resolve(text) }, config: { experiment: "own", source: text } });
    expect(pupil).toMatchObject({ corpusHash: own.corpusHash, text: own.text, config: { experiment: "pupil" } });
    const { hashes } = readCheckpointState(newest("own", 0));
    expect(hashes.ema).not.toBe(hashes.model);
    expect(pupil.lineage).toEqual([hashes.ema]);
  });

  it("whose text is not here is refused in one line, with what to give", async () => {
    const elsewhere = at("elsewhere");
    cpSync(newest("own", 0), elsewhere, { recursive: true });
    const state = JSON.parse(readFileSync(join(elsewhere, "state.json"), "utf8"));
    state.state.text = { source: "/nowhere/texts", data: "/nowhere/data" };
    writeFileSync(join(elsewhere, "state.json"), JSON.stringify(state));
    const { code, err } = await rounds("--name=away", `--teacher=${elsewhere}`);
    expect([code, err.split("\n").length, existsSync(join(root, "runs/away"))]).toEqual([1, 2, false]);
    expect(err).toContain(
      "round 1 of away: the text that the teacher learned must be there, got neither /nowhere/texts nor /nowhere/data here. Give it: --source or --data.",
    );
  });

  it("that came from outside, its text not known, is refused until a text is named", async () => {
    saveTeacher(at("import"), { stage: "import", config: { source: "hf:a/b" } });
    const { code, err } = await rounds("--name=foreign", `--teacher=${at("import")}`);
    expect([code, err]).toEqual([1, expect.stringContaining("the text that the teacher learned must be known, got")]);
  });

  it("begun from prepared text records where that came from", async () => {
    const data = stateOf("own", 0).text as { data: string };
    expect((await train("--name=prepared", `--data=${data.data}`, "--vocab=260")).code).toBe(0);
    expect(stateOf("prepared", 0)).toMatchObject({ text: { source: text }, config: { source: text } });
  });

  it("goes on with what it was begun with, and is refused another text", async () => {
    const done = newest("own", 0);
    const { state, ...parts } = loadCheckpoint(done);
    saveCheckpoint(checkpointPath(join(root, "runs/own/round-0"), 1), { ...parts, state: { ...state, update: 1 } });
    rmSync(done, { recursive: true });
    const refused = await train("--name=own", `--source=${otherText}`);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`got ${text} → ${otherText}`)]);
    expect((await distill("pretrain", "--name=own", `--root=${root}`, "--engine=reference")).code).toBe(0);
    expect(stateOf("own", 0)).toMatchObject({ update: 2, config: { updates: 2, vocab: 260 } });
  });
});

/** @file What `methods` runs: every system of its definition under each seed, few steps first, then what needs something made. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandOf } from "../default/stages.js";
import { checkDefinition } from "../spec/definition.js";
import { loadSpec } from "../spec/load.js";
import { cellsOf } from "../cells/cells.js";
import { chainsOf, options } from "./methods.js";

const { definition } = await loadSpec(join(import.meta.dirname, "../../methods.experiment.ts"), { size: "embedded" });

const chains = (given: object = {}): string[][] => {
  const o = options.parse({ root: "r", out: "o", ...given });
  const all = chainsOf({ ...o, name: definition.name, seeds: o.seeds ?? definition.seeds }, definition);
  return all.map((chain) =>
    chain.map((stage) =>
      commandOf(stage)
        .replace(/--checkpoint=\S+\//, "--checkpoint=")
        .replace(/--experiment=.*/, "")
        .trim(),
    ),
  );
};
const systems = 11;

it("draws each system under each seed of the draws, and few steps of all before many of any", () => {
  const all = chains({ prepared: false, times: false });
  // Speculation has one step count.
  expect(all.length).toBe(3 * systems + 3 * (systems - 1));
  const first = "--checkpoint=teacher --name=teacher --teacher=none --corpus=none --sampler=spaced";
  expect(all[0]).toEqual([`npx nx run eval:curve ${first} --steps=4,8,16 --samples=32 --seed=1`]);
  expect(all[3 * systems]).toEqual([`npx nx run eval:curve ${first} --steps=32,64 --samples=32 --seed=1`]);
  expect(all.filter(([one]) => one?.includes("speculative")).flat()).toEqual(
    [1, 2, 3].map((seed) => expect.stringContaining(`--sampler=speculative --steps=16 --samples=16 --seed=${seed}`)),
  );
});

it("makes datastore and calibration before what asks for them, in one chain, and times last", () => {
  const found = chains({ seeds: [7], steps: [4], samples: 2, keys: 64 }).find((chain) => chain.length > 1) ?? [];
  const at = (text: string) => found.findIndex((one) => one.includes(text));
  const order = [
    "eval:datastore",
    "eval:calibrate",
    "--sampler=knn:0.25",
    "--early=",
    "threshold:calibrated=",
    "sampler-times",
  ];
  expect(order.map(at)).toEqual([...order.map(at)].sort((a, b) => a - b));
  expect(order.map(at)).not.toContain(-1);
  const timed = found.filter((one) => one.includes("sampler-times"));
  expect(timed[0]).toContain("--samplers=ancestral --steps=4,8,16,32,64,128");
  expect(timed.map((one) => /--samplers=(\S+)/.exec(one)?.[1])).toEqual([
    "ancestral",
    "spaced,energy:2,seeded:8,sliding:64,sliding:64:16,remdm-cap",
    "ancestral,spaced,energy:2,verified:0.1,speculative",
    "knn:0.25,knn:0.05",
  ]);
});

it("takes seeds, steps and samples before the definition", () => {
  const all = chains({ seeds: [7], steps: [4, 64], samples: 2, prepared: false, times: false });
  expect(all[0]?.[0]).toContain("--steps=4 --samples=2 --seed=7");
  expect(all.at(-1)?.[0]).toContain("--steps=64 --samples=2 --seed=7");
});

it("is of the shipped models by name, which a definition that trains may not say", () => {
  const folders = new Set(
    cellsOf("here", definition).stages.map(({ from }) => (from && "folder" in from ? from.folder : "")),
  );
  expect([...folders].map((folder) => folder.split("/").at(-1))).toEqual(["teacher", "round-5"]);
  const training = { ...definition, stages: ["rounds", "curve"] as const, result: definition.result };
  const asked = checkDefinition("here", { ...training, stages: [...training.stages] });
  expect(() => cellsOf("here", asked)).toThrow(
    "curve.checkpoint must be of a definition that trains nothing, got the stage rounds",
  );
});

/** @file What `methods` runs: every system of its definition under each seed, few steps first, then what needs something made. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addKnown, openStore } from "@sdtt/core/store";
import { expect, it } from "vitest";
import { readKept } from "../claims/kept.js";
import { commandOf } from "../default/stages.js";
import { checkDefinition } from "../spec/definition.js";
import { loadSpec } from "../spec/load.js";
import { cellsOf } from "../cells/cells.js";
import { type Known, knownIn } from "../methods/known.js";
import { rowsIn } from "../methods/report.js";
import { chainsOf } from "../methods/stages.js";
import { repository } from "../programs.js";
import { options } from "./methods.js";

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
const systems = 12;

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
    "--early=",
    "eval:calibrate",
    "threshold:calibrated=",
    "eval:datastore",
    "--sampler=knn:0.25",
    "--samplers=knn:0.25",
    "--samplers=ancestral --steps=4,8,16,32,64,128",
  ];
  expect(order.map(at)).toEqual([...order.map(at)].sort((a, b) => a - b));
  expect(order.map(at)).not.toContain(-1);
  const timed = found.filter((one) => one.includes("sampler-times"));
  expect(timed.map((one) => /--samplers=(\S+)/.exec(one)?.[1]?.replace(/=.*/, ""))).toEqual([
    "ancestral",
    "threshold:calibrated",
    "knn:0.25,knn:0.05",
    "ancestral",
    "spaced,spaced+guided:0.5,energy:2,seeded:8,sliding:64,sliding:64:16,remdm-cap",
    "ancestral,spaced,energy:2,verified:0.1",
    "speculative",
  ]);
});

it("takes seeds, steps and samples before the definition", () => {
  const all = chains({ seeds: [7], steps: [4, 64], samples: 2, prepared: false, times: false });
  expect(all[0]?.[0]).toContain("--steps=4 --samples=2 --seed=7");
  expect(all.at(-1)?.[0]).toContain("--steps=64 --samples=2 --seed=7");
});

it("asks for nothing that the rows which ship have, and for all that they have not", () => {
  const rows = readKept(rowsIn(join(repository, "experiments"))).evaluations;
  const folder = mkdtempSync(join(tmpdir(), "methods-"));
  const store = openStore(join(folder, "sdtt.sqlite"));
  addKnown(store, { ...readKept(rowsIn(join(repository, "experiments"))), definitions: [] });
  const of = { ...options.parse({ root: folder, out: folder }), name: definition.name, seeds: definition.seeds };
  const drawsOf = (known?: Known) =>
    chainsOf({ ...of, times: false }, definition, known)
      .flat()
      .filter(({ args }) => args[0] === "curve" && !args.some((arg) => arg.includes("calibrated")))
      .flatMap(({ args }) => {
        const flag = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
        const [name, early] = [flag("name"), flag("early") === undefined ? "" : "early"];
        const counts = (flag("steps") as string).split(",");
        return counts.map((steps) => [name, flag("sampler") ?? "ancestral", early, flag("seed"), steps].join(" "));
      });
  // Written from the rows' own columns: the sampler without its defaults, whoever is asked.
  const asked = ["energy:2", "sliding:64:16", "sliding:64", "remdm-cap", "verified:0.1"];
  const drawn = rows
    .filter(({ metric, temperature, n }) => metric === "gen-ppl" && temperature === 1 && n >= 16)
    .map(({ sampler, round, seed, steps }) => {
      const [written = "ancestral"] = (sampler ?? "ancestral").split(", ");
      const name = asked.find((one) => written.startsWith(one)) ?? written.replace(/:2$/, "");
      const early = sampler?.includes("first 0.5") ? "early" : "";
      return [
        round === 0 ? "teacher" : "round-5",
        name.replace("sliding:64:0:0.1", "sliding:64"),
        early,
        seed,
        steps,
      ].join(" ");
    });
  const [all, lacking] = [drawsOf(), drawsOf(knownIn(store, definition.name))];
  store.close();
  rmSync(folder, { recursive: true });
  expect(lacking.filter((one) => drawn.includes(one))).toEqual([]);
  expect(lacking).toEqual(all.filter((one) => !drawn.includes(one)));
  expect(lacking.length).toBeLessThan(all.length - 50);
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

/** @file What `default` runs: what its definition says, under the names that the report reads. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandOf } from "../default/stages.js";
import { loadSpec } from "../spec/load.js";
import { chosen, options, stagesOf } from "./defaultExperiment.js";

const { definition } = await loadSpec(join(import.meta.dirname, "../../default.experiment.ts"), { size: "embedded" });

/** A seed's commands, without where they lie and how many threads they have. */
const commandsOf = (given: Parameters<typeof options.parse>[0], chain = 0): string[] =>
  (stagesOf(chosen(options.parse({ root: "r", out: "o", ...(given as object) }), definition))[chain] ?? []).map(
    (stage) => commandOf(stage).replace(/ --threads=\d+ --root=r$/, ""),
  );

it("trains each seed's rounds once, then judges every round at few steps and at more", () => {
  const [rounds, ...judged] = commandsOf({ controls: false, order: false });
  expect(rounds).toBe(
    "npx nx run distill:round --until=5 --updates=80 --name=seed-1 --seed=1 --no-evaluate --experiment=default",
  );
  const student = (round: number) => `--checkpoint=r/runs/seed-1/round-${round} --weights=ema --name=seed-1`;
  const own = (round: number) => `eval:curve ${student(round)} --teacher=none --seed=1 --temperature=1`;
  expect(judged).toEqual(
    [
      ...[1, 2, 3, 4, 5].flatMap((round) => [
        `${own(round)} --steps=4,8 --samples=256 --experiment=default`,
        `${own(round)} --steps=16,32 --samples=64 --experiment=default`,
      ]),
      ...[1, 2, 3, 4, 5].map((round) => `eval:lambada ${student(round)} --experiment=default`),
    ].map((command) => `npx nx run ${command}`),
  );
});

it("draws the teacher under each seed, at 1 and at the result's temperatures", () => {
  const drawn = [3, 4, 5].map((chain) => commandsOf({ order: false, controls: false }, chain));
  const said = drawn.map((commands) => [
    ...new Set(
      commands.map((one) =>
        one
          .match(/--seed=(\d) --temperature=(\S+)/)
          ?.slice(1)
          .join(" at "),
      ),
    ),
  ]);
  expect(said).toEqual([1, 2, 3].map((seed) => [1, 0.95, 0.9, 0.8].map((one) => `${seed} at ${one}`)));
});

it("draws the teacher with a frequency penalty too, as a control", () => {
  const [penalised] = commandsOf({ order: false }, 3).filter((command) => command.includes("--sampler="));
  expect(penalised).toContain("--temperature=0.7 --sampler=penalised:0.4 --steps=4,8 --samples=256");
});

it("draws the teacher with guidance too, in both orders, with what is drawn from coarse to fine", () => {
  const guided = commandsOf({ controls: false }, 3).filter((command) => command.includes("+guided"));
  expect(guided[0]).toContain("--temperature=0.9 --sampler=spaced+guided:0.5 --steps=4,8 --samples=256");
  expect(guided.filter((command) => command.includes("ancestral+guided:0.5")).length).toBe(2);
});

it("takes flags before the definition", () => {
  const given = { rounds: 1, updates: 2, seeds: [7], steps: [2], samples: 3, controls: false, order: false };
  const [rounds, curve, words] = commandsOf(given);
  expect(rounds).toContain("--until=1 --updates=2 --name=seed-7 --seed=7");
  expect(curve).toContain("--steps=2 --samples=3");
  expect(words).toContain("eval:lambada");
});

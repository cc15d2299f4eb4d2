import type { RunRecord } from "@sdtt/core/store";
import { expect, it } from "vitest";
import { commandAgain, comparison } from "./reproduceCommand.js";

const run = (changes: Partial<RunRecord>) => ({ stage: "round", round: 2, config: {}, ...changes }) as RunRecord;

it("a run is made again with its own options in another place", () => {
  const config = { name: "mine", updates: 3, lr: 1e-3, root: "old", data: "old/data", until: 2, evaluate: true };
  const { program, args } = commandAgain(run({ config }), "new");
  expect([program, args[0]]).toEqual(["distill", "round"]);
  for (const flag of ["--name=mine", "--updates=3", "--lr=0.001", "--root=new", "--until=2", "--no-evaluate"]) {
    expect(args).toContain(flag);
  }
  expect(args.join(" ")).not.toContain("old");
  expect(() => commandAgain(run({ stage: "prepare", command: "distill prepare" }), "new")).toThrow("can be made again");
});

it("two runs are the same when their last weights are, and not when one is missing", () => {
  const checkpoint = (update: number, hash: string) => ({ weights: "raw", update, hash });
  const recorded = (...checkpoints: ReturnType<typeof checkpoint>[]) => ({
    run: run({}),
    evaluations: [],
    checkpoints,
  });
  const before = recorded(checkpoint(1, "a"), checkpoint(2, "b"));
  expect(comparison(before, recorded(checkpoint(2, "b"))).same).toBe(true);
  expect(comparison(before, recorded(checkpoint(2, "c"))).lines).toEqual([
    ["raw weights at update 2", "b", "c", "DIFFERENT"],
  ]);
  expect(comparison(before, recorded()).same).toBe(false);
});

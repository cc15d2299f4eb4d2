import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { programs } from "../../programs.js";
import { shardScript, shardsFor } from "./shards.js";

const curveOf = (flops: number) => ({ kind: "curve", cost: { flops, memoryBytes: 0 } }) as const;
const none = { limits: { cells: 1, retries: 0, backoffSeconds: 0 } };

it("a curve is divided by its operations, up to sixteen tasks, or as its definition says", () => {
  expect([1, 1e15, 1.1e15, 7e15, 1e20].map((flops) => shardsFor(curveOf(flops), none))).toEqual([1, 1, 2, 7, 16]);
  expect(shardsFor(curveOf(1), { limits: { ...none.limits, shards: 4 } })).toBe(4);
  expect(shardsFor({ ...curveOf(7e15), kind: "lambada" }, none)).toBe(7);
  expect(
    ["round", "pretrain", "command"].map((kind) => shardsFor({ ...curveOf(1e20), kind: kind as "round" }, none)),
  ).toEqual([1, 1, 1]);
});

it("a task of the array draws the shard of its number, by bash's own reading", () => {
  const args = ["curve", "--root=/data/it's two words", "--steps=4,8"];
  const script = shardScript(args, 16, "/").replace(/^exec \S+ \S+ /m, "printf '%s\\0' ");
  const said = execFileSync("bash", ["-c", script], { env: { SLURM_ARRAY_TASK_ID: "3" }, encoding: "utf8" });
  expect(said.split("\0").slice(0, -1)).toEqual([...args, "--shard=3/16"]);
  expect(shardScript(args, 16)).toContain(programs.eval);
});

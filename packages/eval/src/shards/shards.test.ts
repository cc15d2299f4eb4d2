/** @file What a shard is, and what is refused when they are put together; that they give the same bytes is in bytes.test.ts. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { catchCommands, run, tiny } from "../cli.fixture.js";
import { parseShard, rangeOf } from "./shard.js";

catchCommands();

const curveArgs = (root: string, more: readonly string[] = []) => [
  "curve",
  `--checkpoint=${tiny.student}`,
  `--teacher=${tiny.teacher}`,
  `--judge=${tiny.judge}`,
  `--root=${root}`,
  ...["--steps=2,4", "--samples=7", "--sequences=3", "--keep=2", "--engine=onnx", "--threads=1", "--corpus=none"],
  ...more,
];
const rootOf = (name: string) => join(tiny.root, name);

describe("shards", () => {
  it("have each row once, neighbours together", () => {
    for (const count of [0, 1, 7, 1024]) {
      for (const of of [1, 3, 16]) {
        const ranges = Array.from({ length: of }, (_, i) => rangeOf({ index: i + 1, of }, count));
        const rows = ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
        expect(rows).toEqual(Array.from({ length: count }, (_, i) => i));
      }
    }
  });

  it("are written I/N", () => {
    expect(parseShard("2/16")).toEqual({ index: 2, of: 16 });
    for (const text of ["0/2", "3/2", "1", "1/0", "-1/2", "1/2/3", "a/b"])
      expect(parseShard(text), text).toBeUndefined();
  });

  it("store no figure before they are put together", async () => {
    const root = rootOf("alone");
    await run(...curveArgs(root, ["--shard=1/2"]));
    const [set] = readdirSync(join(root, "shards"));
    const store = openStore(join(root, "shards", set as string, "1-of-2", "sdtt.sqlite"), { readonly: true });
    expect(store.evaluations({ sampler: "any" })).toEqual([]);
    store.close();
    expect(existsSync(join(root, "sdtt.sqlite"))).toBe(false);
  });

  it("that are missing are named, and nothing is put together", async () => {
    const root = rootOf("alone");
    const { code, errors } = await run("merge", `--root=${root}`);
    expect(code).toBe(1);
    expect(errors).toContain("merge: shard 2/2 of curve must be there, got none. Run it: eval:curve … --shard=2/2");
    expect(existsSync(join(root, "samples"))).toBe(false);
    expect((await run("merge", `--root=${rootOf("nothing")}`)).errors).toMatch(
      /merge: there must be shards, got none in/,
    );
  });

  it("that are there twice, unlike, cut off or not done are told in one line", async () => {
    const root = rootOf("alone");
    await run(...curveArgs(root, ["--shard=2/2"]));
    await run(...curveArgs(root, ["--shard=2/2", "--temperature=0.9"]));
    const folders = readdirSync(join(root, "shards")).flatMap((set) =>
      readdirSync(join(root, "shards", set)).map((name) => join(root, "shards", set, name)),
    );
    const [first] = folders.filter((folder) => folder.endsWith("1-of-2")) as [string];
    const second = first.replace("1-of-2", "2-of-2");
    const odd = folders.find((folder) => folder.endsWith("2-of-2") && folder !== second) as string;
    const merged = async (...from: string[]) =>
      (await run("merge", `--root=${rootOf("target")}`, `--from=${from.join(",")}`)).errors.split("\n").at(-2);
    expect(await merged(first, odd)).toMatch(
      /merge: shards must be of one configuration, got temperature 1 and 0\.9 \(/,
    );
    const copy = rootOf("copy");
    cpSync(second, copy, { recursive: true });
    expect(await merged(first, second, copy)).toMatch(/merge: shard 2\/2 must be there once, got .* and .*copy\./);
    const said = JSON.parse(readFileSync(join(copy, "shard.json"), "utf8"));
    writeFileSync(join(copy, "shard.json"), JSON.stringify({ ...said, isDone: false }));
    expect(await merged(first, copy)).toMatch(/merge: shard 2\/2 must have come to its end, got .*copy\. Run it/);
    writeFileSync(join(copy, "shard.json"), JSON.stringify({ ...said, engine: "reference, cpu" }));
    expect(await merged(first, copy)).toMatch(/must be made by one kind of engine, got onnx, cpu and reference, cpu\./);
    writeFileSync(join(copy, "shard.json"), JSON.stringify(said));
    const [set] = readdirSync(join(copy, "samples")).filter((name) => name.endsWith(".safetensors"));
    rmSync(join(copy, "samples", set as string));
    expect(await merged(first, copy)).toMatch(
      /merge: samples \w+\.safetensors must hold \d rows in shard \d\/2, got \d \(/,
    );
    expect(existsSync(rootOf("target"))).toBe(false);
    expect((await run(...curveArgs(root, ["--shard=3/2"]))).errors).toMatch(/shard must be I\/N with I from 1 to N/);
  });
});

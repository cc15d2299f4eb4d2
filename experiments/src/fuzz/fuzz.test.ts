/** @file The first cases of every fuzz target: each ends as it should, the same for the same seed, and most say something. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "@sdtt/core/base";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { damaged } from "./damage.js";
import { targets } from "./targets.js";

const folder = mkdtempSync(join(tmpdir(), "fuzz-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

const cases = 12;

describe.each(targets)("$name", (target) => {
  const outcomes = async () => {
    const all: string[] = [];
    for (let i = 0; i < cases; i++)
      all.push(await target.run(randomStream(3, "fuzz", target.name, i), join(folder, "case")));
    return all;
  };

  it("ends without a fault, and the same when it is tried again", { timeout: 120_000 }, async () => {
    const first = await outcomes();
    expect(first).toHaveLength(cases);
    expect(await outcomes()).toEqual(first);
  });
});

it("damages most files that it is given", () => {
  const bytes = Buffer.from("a file of some bytes");
  const changed = Array.from({ length: 100 }, (_, i) =>
    damaged(bytes, randomStream(1, "damage", i)).bytes.equals(bytes),
  );
  expect(changed.filter((isSame) => isSame).length).toBeLessThan(20);
});

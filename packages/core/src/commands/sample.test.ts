/** @file `core sample` on the embedded teacher: what is given stays, what is printed is what was drawn. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../cli/index.js";
import { assetPath } from "../workspace/assets.js";
import { sampleText } from "./sample.js";

let printed = "";
beforeEach(() => {
  printed = "";
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("FORCE_COLOR", "");
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function run(...flags: string[]): Promise<{ code: number; errors: string }> {
  let errors = "";
  const err = { write: (text: string) => (errors += text) };
  const argv = ["sample", "--threads=1", "--steps=4", ...flags];
  return { code: await runCli("core", [sampleText], argv, { out: process.stdout, err }), errors };
}

const esc = String.fromCharCode(27);

describe("core sample", () => {
  it("keeps the prompt and the text around a hole, and prints as many samples as asked, the same each time", async () => {
    expect((await run("--infill=And God said, [6] and it was so.", "--n=2")).code).toBe(0);
    const texts = printed.split("\n").filter((line) => line.startsWith("And God said, "));
    expect(texts).toHaveLength(2);
    expect(texts.every((text) => text.endsWith(" and it was so."))).toBe(true);
    expect(texts[0]).not.toBe(texts[1]);
    const once = printed;
    printed = "";
    await run("--infill=And God said, [6] and it was so.", "--n=2");
    expect(printed).toBe(once);
    expect(printed).not.toContain(esc);
  });

  it("takes every n-th token from the AR baseline, however that is spelled", async () => {
    expect((await run("--tokens=16", "--sampler=seeded:4", "--n=2")).code).toBe(0);
    const once = printed;
    expect(once).toContain("· seeded:4 ·");
    printed = "";
    expect((await run("--tokens=16", "--seed-from=ar", "--every=4", "--n=2")).code).toBe(0);
    expect(printed).toBe(once);
    const { code, errors } = await run("--seed-from=ar", "--sampler=spaced");
    expect([code, errors]).toEqual([1, expect.stringContaining("got --sampler=spaced with --seed-from. Leave")]);
  });

  it("shows each step with what it revealed, the last of them the sample", async () => {
    await run("--prompt=And God", "--tokens=16", "--show-steps");
    const heads = printed.split("\n").filter((line) => line.startsWith("— "));
    expect(heads.at(-1)).toMatch(/^— sample 1 of 1 · seed 1 · ancestral · \d evaluations$/);
    const lines = printed.split("\n").filter((line) => line !== "" && !line.startsWith("— "));
    expect(lines.every((line) => line.startsWith("And God"))).toBe(true);
    expect(lines.at(-1)).toBe(lines.at(-2));
    const masks = lines.map((line) => line.split("░").length - 1);
    expect(masks).toEqual([...masks].sort((a, b) => b - a));
    expect(masks[0]).toBeGreaterThan(0);
    expect(masks.at(-1)).toBe(0);
  });

  it("colours where it is told to, and takes another student for the early steps", async () => {
    await run("--tokens=12");
    const plain = printed.split("\n").at(-2);
    printed = "";
    vi.stubEnv("FORCE_COLOR", "1");
    await run("--tokens=12", `--early=${assetPath("teacher")}`);
    expect(printed).toContain(`${esc}[3`);
    // The same student in both halves draws what it draws alone.
    expect(
      printed
        .split("\n")
        .at(-2)
        ?.replaceAll(new RegExp(`${esc}\\[\\d+m`, "g"), ""),
    ).toBe(plain);
  });

  it.each([
    [["--infill=And God"], "there must be something to sample"],
    [["--infill=[500]"], "the row must be at most 256 tokens, got 500"],
    [["--prompt=And God said, Let there be light", "--tokens=4"], "prompt and infill must fit into 4 tokens"],
    [["--sampler=best"], "must be one of ancestral"],
    [["--checkpoint=nowhere"], "state.json must be readable"],
    [[`--checkpoint=${assetPath("ar")}`], "sampling in steps needs a denoiser"],
    [["--weights=ema"], "there must be EMA weights"],
  ])("refuses %j in one line", async (flags, message) => {
    const { code, errors } = await run(...flags);
    expect([code, errors.trim().split("\n").at(-1)]).toEqual([1, expect.stringContaining(message)]);
  });
});

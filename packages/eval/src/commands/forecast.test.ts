/** @file `forecast` where there is no store: of what ships at the usual place, refused at any other. */
import { join } from "node:path";
import { runCli } from "@sdtt/core/cli";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => vi.unstubAllEnvs());

/** Runs it as a process of its own would, whose environment is as it is set now. */
async function forecast(...argv: string[]) {
  vi.resetModules();
  const { forecast: command } = await import("./forecast.js");
  let [printed, errors] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
  const err = { write: (text: string) => (errors += text) };
  const code = await runCli("eval", [command], ["forecast", ...argv], { out: process.stdout, err });
  vi.restoreAllMocks();
  return { code, printed, errors };
}

const nowhere = join(import.meta.dirname, "no-store");

it("forecasts from the figures that ship in a checkout where nothing was evaluated yet", async () => {
  vi.stubEnv("SDTT_ROOT", nowhere);
  vi.stubEnv("SDTT_SHIPPED_FIGURES", "");
  const { code, printed } = await forecast("--metric=gen-ppl");
  expect(code).toBe(0);
  expect(printed).toMatch(/round 5 .*forecast \d+/);
});

it("refuses a folder without a store that was asked for, and a checkout without figures", async () => {
  vi.stubEnv("SDTT_SHIPPED_FIGURES", "");
  expect((await forecast(`--root=${nowhere}`)).errors).toContain("there must be a store");
  vi.stubEnv("SDTT_ROOT", nowhere);
  vi.stubEnv("SDTT_SHIPPED_FIGURES", "none");
  expect((await forecast()).errors).toContain("there must be a store");
});

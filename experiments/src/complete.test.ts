/**
 * @file What bash offers on TAB after `sdtt`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quoted } from "@sdtt/core/cli";
import { expect, it } from "vitest";
import { sdtt } from "./nx.fixture.js";

const offered = async (...words: string[]) =>
  (await sdtt(["complete", "--", ...words])).stdout.split("\n").filter((line) => line !== "");

it("offers commands, those of two packages by their full name", async () => {
  expect(await offered("store-")).toEqual(expect.arrayContaining(["store-check", "store-merge"]));
  expect(await offered("ro")).toEqual(["round"]);
  expect(await offered("core", ":")).toEqual(["export"]);
  expect(await offered("core", ":", "ex")).toEqual(["export"]);
});

it("offers a command's flags, and the values of those that have few, however a shell cuts its words", async () => {
  expect(await offered("round", "--diver")).toEqual(["--divergence="]);
  expect(await offered("round", "--no-eval")).toEqual(["--no-evaluate"]);
  for (const words of [
    ["--divergence", "="],
    ["--divergence", "=", ""],
    ["--divergence", ""],
  ]) {
    expect(await offered("round", ...words)).toEqual(expect.arrayContaining(["reverse-kl", "forward-kl"]));
  }
  expect(await offered("round", "--divergence", "=", "rev")).toEqual(["reverse-kl"]);
  expect(await offered("round", "--divergence=rev")).toEqual(["--divergence=reverse-kl"]);
});

it("leaves to the shell, for files, what may be anything, and what is no command", async () => {
  expect(await offered("pretrain", "--source=my")).toEqual([]);
  expect(await offered("pretrain", "--source", "my")).toEqual([]);
  expect(await sdtt(["complete", "--", "no such command", "--"])).toEqual({ code: 0, stdout: "\n", stderr: "" });
});

it("refuses another shell in one line", async () => {
  const { code, stderr } = await sdtt(["complete", "csh"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^sdtt: the shell must be bash .*, got "csh"\. Write .*\n$/),
  ]);
});

it("has bash offer the same, and never runs what is typed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "complete-"));
  try {
    writeFileSync(join(folder, "script"), (await sdtt(["complete", "bash"])).stdout);
    const tab = (...words: string[]) => {
      const typed = words.map(quoted).join(" ");
      const ask = `source ./script; COMP_WORDS=(sdtt ${typed}); COMP_CWORD=${words.length}; _sdtt_complete`;
      const args = ["--norc", "-c", `${ask}; printf '%s\\n' "\${COMPREPLY[@]}"`];
      return execFileSync("bash", args, { cwd: folder, encoding: "utf8" }).trim().split("\n");
    };
    expect(tab("roun")).toEqual(["round"]);
    expect(tab("sample", "--prompt", "=", "$(touch ran)`touch ran`", "--samp")).toEqual(["--sampler="]);
    expect(readdirSync(folder)).toEqual(["script"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

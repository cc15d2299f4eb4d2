import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { runCli } from "../cli/index.js";
import { openStore } from "../store/index.js";
import { aRun } from "../store/rows.fixture.js";
import { checkFindings, doctor, examine, type Finding, findingsTable } from "./doctor.js";

const folder = mkdtempSync(join(tmpdir(), "doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));

const absent = { store: join(folder, "none.sqlite"), assets: join(folder, "no assets") };
const of = (findings: readonly Finding[], what: Finding["what"]) => findings.filter((one) => one.what === what);

describe("doctor finds", () => {
  it("every engine, with the reason why one is not usable, and what auto takes", async () => {
    const addonsFrom = join(folder, "main.js");
    const engines = of(await examine({ ...absent, addonsFrom }), "engine");
    expect(engines.map(({ name, state }) => [name, state])).toEqual([
      ["onnx", "usable"],
      ["tensorflow", "not usable"],
      ["reference", "usable"],
      ["auto", ""],
    ]);
    expect(engines[1]?.detail).toContain("@tensorflow/tfjs-node-gpu is not installed");
    expect(engines[3]?.detail).toBe("takes onnx");
  });

  it("devices, threads, memory, node and sqlite", async () => {
    const findings = await examine(absent);
    expect(of(findings, "device")).toContainEqual(expect.objectContaining({ name: "cpu", state: "usable" }));
    expect(of(findings, "threads")[0]?.name).toMatch(/^\d+$/);
    expect(of(findings, "memory")[0]?.detail).toMatch(/^\d+\.\d GiB free of \d+\.\d GiB$/);
    expect(of(findings, "node")).toMatchObject([{ name: process.versions.node, state: "usable" }]);
    expect(of(findings, "sqlite")).toMatchObject([{ name: "better-sqlite3", state: "usable" }]);
  });

  it("no store and no assets where there are none, and makes neither", async () => {
    const states = async () =>
      (await examine(absent)).filter(({ state }) => state === "absent").map(({ what }) => what);
    expect(await states()).toEqual(expect.arrayContaining(["store", "asset"]));
    expect(await states()).toEqual(expect.arrayContaining(["store", "asset"]));
  });

  it("a store with its version and rows", async () => {
    const path = join(folder, "good.sqlite");
    const opened = openStore(path);
    opened.startRun(aRun());
    opened.close();
    const [found] = of(await examine({ ...absent, store: path }), "store");
    expect(found).toMatchObject({ state: "usable" });
    expect(found?.detail).toMatch(/^version \d+, whole, 1 runs, 0 evaluations$/);
  });

  it("a store that is cut off or no database", async () => {
    const foreign = join(folder, "foreign.sqlite");
    writeFileSync(foreign, "a text, and a rather long one at that, so that it is no empty database\n".repeat(20));
    const cut = join(folder, "cut.sqlite");
    const opened = openStore(cut);
    opened.startRun(aRun());
    opened.close();
    truncateSync(cut, 8192);
    for (const store of [foreign, cut]) {
      const [found] = of(await examine({ ...absent, store }), "store");
      expect(found?.state, store).toBe("not usable");
      expect(found?.detail).not.toContain("\n");
    }
  });

  it("assets in all folders, with their hashes", async () => {
    const assets = join(folder, "assets");
    mkdirSync(join(assets, "judge"), { recursive: true });
    writeFileSync(join(assets, "judge", "model.safetensors"), "abc");
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const detail = `sha256 ${sha256}, 0.00 MB`;
    expect(of(await examine({ ...absent, assets }), "asset")).toEqual([
      { what: "asset", name: join("judge", "model.safetensors"), state: "usable", detail },
    ]);
  });
});

const usable: Finding[] = [
  { what: "engine", name: "reference", state: "usable", detail: "tfjs-cpu" },
  { what: "sqlite", name: "better-sqlite3", state: "usable", detail: "SQLite 3" },
];

it("aligns its columns", () => {
  const longer: Finding = { what: "engine", name: "onnx", state: "not usable", detail: "it is not installed" };
  expect(findingsTable([...usable, longer]).split("\n")).toEqual([
    "engine  reference       usable      tfjs-cpu",
    "sqlite  better-sqlite3  usable      SQLite 3",
    "engine  onnx            not usable  it is not installed",
  ]);
});

it("fails where no engine, or no database, is usable, and passes where one engine is", () => {
  expect(() => checkFindings(usable)).not.toThrow();
  const without = (what: Finding["what"]) =>
    usable.map((one) => (one.what === what ? { ...one, state: "not usable" as const, detail: "it is broken" } : one));
  expect(() => checkFindings(without("engine"))).toThrow(UserError);
  expect(() => checkFindings(without("engine"))).toThrow(
    "doctor: one engine at least must be usable, got reference: it is broken. Run `npm ci` again.",
  );
  expect(() => checkFindings(without("sqlite"))).toThrow("one sqlite at least must be usable");
});

it("is a command that refuses flags that it does not know", async () => {
  const lines: string[] = [];
  const sink = { write: (text: string) => lines.push(text) };
  expect(await runCli("core", [doctor], ["doctor", "--stor=x"], { out: sink, err: sink })).toBe(1);
  expect(lines.join("")).toContain("--store");
});

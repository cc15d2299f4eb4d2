import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { UserError } from "../base/errors.js";
import type { CodeState } from "../workspace/codeState.js";
import { openStore, type Store } from "./index.js";
import { aRun } from "./rows.fixture.js";
import { noteCode, noteFailure, recorded } from "./runEvents.js";

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "events-"));
  store = openStore(join(folder, "sdtt.sqlite"));
  store.startRun(aRun({ id: "a" }));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const state: CodeState = { commit: "c", dirty: true, diff: "+x\n", others: "a.txt, 1 bytes\n", leftOut: ["b"] };

it("a run keeps how its code differed from the commit, what else was there, and nothing where there is nothing", () => {
  noteCode(store, "a", { ...state, diff: "", others: "", leftOut: [] });
  expect(store.events("a")).toEqual([]);
  noteCode(store, "a", state);
  const hash = createHash("sha256").update("+x\n").digest("hex");
  expect(store.events("a").map(({ kind, data }) => [kind, data])).toEqual([
    ["code", { hash, patch: "+x\n", others: "a.txt, 1 bytes\n", leftOut: ["b"] }],
  ]);
});

it("a reason that names a secret is kept without it", () => {
  const token = `hf_${"Ab3".repeat(11)}`;
  noteFailure(store, "a", new Error(`401 for Bearer ${token}`));
  expect(store.events("a")[0]?.message).toBe("401 for Bearer [left out: looks like a secret]");
});

it("a failed run keeps its reason", () => {
  noteFailure(store, "a", new UserError("data: the text must be there, got none. Give it."));
  noteFailure(store, "a", "odd");
  const told = store.events("a").map(({ kind, message }) => [kind, message]);
  expect(told.sort()).toEqual([
    ["error", "data: the text must be there, got none. Give it."],
    ["error", "odd"],
  ]);
});

it("a reason that cannot be kept does not hide the failure", () => {
  store.close();
  expect(() => noteFailure(store, "a", new Error("the disk is full"))).not.toThrow();
  store = openStore(join(folder, "sdtt.sqlite"));
  expect(store.events("a")).toEqual([]);
});

it("what ended or failed is told to the webhook once all is written, without secrets; what was stopped is not", async () => {
  const token = `hf_${"Ab3".repeat(11)}`;
  const told: { text: string; status: string }[] = [];
  const server = createServer((request, response) => {
    request.on("data", (body) => {
      const other = openStore(join(folder, "sdtt.sqlite"), { readonly: true });
      told.push({ ...JSON.parse(String(body)), status: other.run("a")?.status });
      other.close();
    });
    request.on("end", () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("SDTT_WEBHOOK", `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`);
  const again = () => openStore(join(folder, "sdtt.sqlite"));
  try {
    await recorded(again(), "a", async () => 1);
    const work = async () => {
      throw new Error(`401 for Bearer ${token}`);
    };
    await expect(recorded(again(), "a", work)).rejects.toThrow(/401/);
    await recorded(
      again(),
      "a",
      async () => 1,
      () => "stopped",
    );
    expect(told).toMatchObject([
      {
        kind: "run",
        id: "a",
        experiment: "first",
        status: "done",
        text: expect.stringMatching(/^a of first: done after \d/),
      },
      {
        status: "failed",
        text: expect.stringMatching(/: failed after .*: 401 for Bearer \[left out: looks like a secret\]$/),
      },
    ]);
    expect(told).toHaveLength(2);
    const all = JSON.stringify([store.run("a"), store.events("a")]);
    expect(all).not.toMatch(/127\.0\.0\.1|hf_/);
  } finally {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  }
});

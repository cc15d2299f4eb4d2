/** @file The token: what it opens, and where it never is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineCommand, runCli } from "../../cli/index.js";
import { openStore } from "../../store/index.js";
import { aRun } from "../../store/rows.fixture.js";
import { noteFailure } from "../../store/runEvents.js";
import { fetchFromHub } from "./fetch.js";
import type { HubSettings } from "./settings.js";
import { openStandIn, repository, type StandIn } from "./standIn.fixture.js";

const large = Buffer.alloc(50_000, 7);
const token = "hf_secret5secret";
let hub: StandIn;
let root: string;
let settings: HubSettings;
beforeEach(async () => {
  hub = await openStandIn({ "config.json": Buffer.from("{}"), "model.safetensors": large });
  root = mkdtempSync(join(tmpdir(), "token-test-"));
  settings = { endpoint: hub.endpoint, cache: root, isOffline: false, retryMs: 1 };
});
afterEach(async () => {
  await hub.close();
  rmSync(root, { recursive: true });
});

const fetched = () => fetchFromHub(settings, { repository, revision: "main" });

describe("the token", () => {
  it("opens a gated repository, and goes to the hub alone, never to the CDN", async () => {
    hub.token = token;
    await expect(fetched()).rejects.toThrow("the repository must be open to you, got 401 GatedRepo");
    settings = { ...settings, token };
    const { folder } = await fetched();
    expect(readFileSync(join(folder, "model.safetensors")).equals(large)).toBe(true);
    const [toHub, toCdn] = [false, true].map((isCdn) =>
      hub.asked.filter(({ url }) => url.startsWith("/cdn/") === isCdn),
    );
    expect(toCdn?.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(toHub?.at(-1)?.authorization).toBe(`Bearer ${token}`);
  });

  it("is in no error and no file", async () => {
    settings = { ...settings, token };
    await fetched();
    const names = readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name));
    const contents = names.filter((name) => statSync(name).isFile()).map((name) => readFileSync(name, "latin1"));
    expect(contents.some((text) => text.includes(token))).toBe(false);
    hub.refuse = [403, "GatedRepo"];
    const error = await fetched().catch((thrown) => thrown);
    expect(`${error.message}${error.stack}`).not.toContain(token);
  });

  it.each<[string, () => void]>([
    ["a login refused", () => (hub.refuse = [401, "GatedRepo"])],
    ["a repository unseen", () => (hub.refuse = [404, "RepoNotFound"])],
    ["a server that fails", () => hub.failures.push(...Array.from({ length: 20 }, () => ({ status: 503 })))],
    ["an answer cut short", () => (hub.cutAnswers = 5)],
    ["other bytes", () => (hub.lies.hash = "0".repeat(64))],
    ["a server that echoes it", () => hub.failures.push({ status: 400, headers: { "X-Error-Message": token } })],
    ["no hub there", () => (settings = { ...settings, endpoint: "http://127.0.0.1:9" })],
  ])("is in nothing that a command prints or a run keeps: %s", async (_, spoil) => {
    process.env.HF_TOKEN = token;
    settings = { ...settings, token };
    spoil();
    const said: string[] = [];
    const output = { write: (text: string) => said.push(text) };
    const fetching = defineCommand({
      ...{ name: "fetching", summary: "", options: z.object({}) },
      run: async () => {
        const error = await fetched().catch((thrown) => thrown);
        expect(error).toBeInstanceOf(Error);
        noteFailure(store, "a", error);
        throw error;
      },
    });
    const store = openStore(join(root, "sdtt.sqlite"));
    store.startRun(aRun({ id: "a" }));
    expect(await runCli("core", [fetching], ["fetching"], { out: output, err: output })).toBeGreaterThan(0);
    expect([...said, JSON.stringify(store.events("a"))].join("\n")).not.toContain(token);
    store.close();
    delete process.env.HF_TOKEN;
  });

  it("is taken out even of an error that holds it", async () => {
    process.env.HF_TOKEN = "an.artifactory-token";
    const said: string[] = [];
    const output = { write: (text: string) => said.push(text) };
    const failing = defineCommand({
      ...{ name: "failing", summary: "", options: z.object({}) },
      run: async () => {
        throw new Error(`cannot send Bearer ${process.env.HF_TOKEN}, nor ${token}`);
      },
    });
    expect(await runCli("core", [failing], ["failing"], { out: output, err: output })).toBe(2);
    expect(said.join("")).toContain("cannot send Bearer [left out");
    expect(said.join("")).not.toMatch(/artifactory-token|hf_secret/);
    delete process.env.HF_TOKEN;
  });
});

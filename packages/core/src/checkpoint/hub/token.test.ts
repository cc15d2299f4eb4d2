/** @file The token: what it opens, and where it never is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fetchFromHub } from "./fetch.js";
import type { HubSettings } from "./settings.js";
import { openStandIn, repository, type StandIn } from "./standIn.fixture.js";

const large = Buffer.alloc(50_000, 7);
const token = "hf_secretsecret";
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
});

/**
 * @file The hub against a stand-in that speaks its protocol: what is fetched is whole and right, or is not there.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { fetchFromHub } from "./fetch.js";
import type { HubSettings } from "./settings.js";
import { openStandIn, repository, type StandIn } from "./standIn.fixture.js";

const bytes = (size: number, seed: number) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * seed) >> 3));
const small = Buffer.from('{"model_type": "mdlm"}');
const large = bytes(100_000, 7);
const files = { "config.json": small, "model.safetensors": large, "README.md": small };
const source = { repository, revision: "main" };
const blobOf = (data: Buffer) => createHash("sha256").update(data).digest("hex");

let hub: StandIn;
let root: string;
let settings: HubSettings;
beforeEach(async () => {
  hub = await openStandIn(files);
  root = mkdtempSync(join(tmpdir(), "hub-test-"));
  settings = { endpoint: hub.endpoint, cache: root, isOffline: false, retryMs: 1 };
});
afterEach(async () => {
  await hub.close();
  rmSync(root, { recursive: true });
});

const fetched = (wanted?: "tokenizer") => fetchFromHub(settings, source, wanted);
const transfers = () => hub.asked.filter(({ url }) => url.startsWith("/cdn/"));
const blobs = () => readdirSync(join(root, "models--owner--name", "blobs")).sort();
const read = async () => readFileSync(join((await fetched()).folder, "model.safetensors"));

/** The one error that a fetch ends with. */
async function refused(message: string | RegExp): Promise<void> {
  const failed = fetched();
  await expect(failed).rejects.toThrow(message);
  await expect(failed).rejects.toBeInstanceOf(UserError);
}

describe("fetchFromHub", () => {
  it("fetches the model's files, and no others, from the branch's commit", async () => {
    const { folder, commit, isOffline } = await fetched();
    expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors"]);
    expect(readFileSync(join(folder, "model.safetensors")).equals(large)).toBe(true);
    expect(readFileSync(join(folder, "config.json")).equals(small)).toBe(true);
    expect([isOffline, hub.asked.every(({ url }) => !url.includes("README"))]).toEqual([false, true]);
    expect(hub.asked.filter(({ url }) => url.includes("/resolve/")).every(({ url }) => url.includes(commit))).toBe(
      true,
    );
  });

  it("keeps the folders that the hub's own tools keep", async () => {
    const { folder, commit } = await fetched();
    expect(folder).toBe(join(root, "models--owner--name", "snapshots", commit));
    expect(blobs()).toContain(blobOf(large));
    expect(blobs()).toHaveLength(2);
    expect(readFileSync(join(root, "models--owner--name", "refs", "main"), "utf8")).toBe(commit);
  });

  it("transfers nothing that is there already, and everything that changed", async () => {
    await fetched();
    await fetched();
    expect(transfers()).toHaveLength(1);
    hub.commit({ ...files, "model.safetensors": bytes(90_000, 11) });
    expect((await read()).length).toBe(90_000);
    expect(transfers()).toHaveLength(2);
  });

  it("fetches again what was damaged in the cache", async () => {
    await fetched();
    truncateSync(join(root, "models--owner--name", "blobs", blobOf(large)), 500);
    expect((await read()).equals(large)).toBe(true);
  });

  it("fetches the shards that an index names", async () => {
    const index = Buffer.from(JSON.stringify({ weight_map: { a: "model-00001-of-00001.safetensors" } }));
    hub.commit({
      "config.json": small,
      "model.safetensors.index.json": index,
      "model-00001-of-00001.safetensors": large,
      "other.safetensors": large,
    });
    const { folder } = await fetched();
    expect(readdirSync(folder).sort()).toEqual([
      "config.json",
      "model-00001-of-00001.safetensors",
      "model.safetensors.index.json",
    ]);
  });

  it("fetches a tokenizer alone where that is all that is wanted", async () => {
    hub.commit({ ...files, "tokenizer.json": small });
    expect(readdirSync((await fetched("tokenizer")).folder)).toEqual(["tokenizer.json"]);
    hub.commit(files);
    await expect(fetched("tokenizer")).rejects.toThrow("there must be a tokenizer.json");
  });
});

describe("a cut transfer", () => {
  it("goes on from where it was, under the same ETag", async () => {
    hub.cuts.push(40_000, 30_000);
    expect((await read()).equals(large)).toBe(true);
    expect(transfers().map(({ range, ifRange, status }) => [range, ifRange, status])).toEqual([
      [undefined, undefined, 200],
      ["bytes=40000-", '"model.safetensors-v1"', 206],
      ["bytes=70000-", '"model.safetensors-v1"', 206],
    ]);
  });

  it("that keeps failing is given up, and the next command goes on from there", async () => {
    hub.cuts.push(60_000, 0, 0, 0, 0, 0);
    await refused(/the file must come in full, got 60000 of 100000 bytes: .+\. Give the same command again/);
    expect(blobs().filter((name) => !name.includes(".partial"))).toHaveLength(1);
    const found = readdirSync(join(root, "models--owner--name", "snapshots"), { recursive: true, encoding: "utf8" });
    expect(found.filter((name) => name.endsWith("model.safetensors"))).toEqual([]);
    hub.cuts.length = 0;
    expect((await read()).equals(large)).toBe(true);
    expect(transfers().at(-1)).toMatchObject({ range: "bytes=60000-", status: 206 });
    expect(blobs().filter((name) => name.includes(".partial"))).toEqual([]);
  });

  it.each(["yes", "regardless"] as const)(
    "begins anew where the ETag has changed (If-Range heeded: %s)",
    async (ranges) => {
      hub.cuts.push(60_000, 0, 0, 0, 0, 0);
      await refused("60000 of 100000 bytes");
      Object.assign(hub, { etag: "v2", ranges });
      hub.cuts.length = 0;
      hub.asked.length = 0;
      expect((await read()).equals(large)).toBe(true);
      const [first, second] = transfers();
      expect(first).toMatchObject({ range: "bytes=60000-", ifRange: '"model.safetensors-v1"' });
      expect(second?.range).toBeUndefined();
    },
  );

  it("begins anew where the server takes no ranges, and where what is there is too long", async () => {
    hub.cuts.push(60_000);
    hub.ranges = "no";
    expect((await read()).equals(large)).toBe(true);
    rmSync(join(root, "models--owner--name"), { recursive: true });
    hub.cuts.push(60_000, 0, 0, 0, 0, 0);
    hub.ranges = "yes";
    await refused("60000 of 100000 bytes");
    const partial = join(root, "models--owner--name", "blobs", `${blobOf(large)}.partial`);
    writeFileSync(partial, Buffer.alloc(100_007));
    hub.cuts.length = 0;
    expect((await read()).equals(large)).toBe(true);
    expect(transfers().some(({ status }) => status === 416)).toBe(true);
  });

  it("of other bytes is found out by its hash, removed, and fetched whole the next time", async () => {
    hub.cuts.push(60_000, 0, 0, 0, 0, 0);
    await refused("60000 of 100000 bytes");
    const partial = join(root, "models--owner--name", "blobs", `${blobOf(large)}.partial`);
    writeFileSync(partial, Buffer.alloc(60_000));
    hub.cuts.length = 0;
    await refused(`the file must hash to ${blobOf(large)}, as listed, got`);
    expect(existsSync(partial)).toBe(false);
    expect((await read()).equals(large)).toBe(true);
  });
});

describe("what the hub says", () => {
  it("must agree with what it sends: hash and size", async () => {
    hub.lies.hash = "0".repeat(64);
    await refused(`the file must hash to ${"0".repeat(64)}, as listed, got ${blobOf(large)}. It was removed`);
    expect(blobs()).toHaveLength(1);
    Object.assign(hub.lies, { hash: undefined, size: 99_000 });
    await refused("hub model.safetensors: the file must be 99000 bytes, got 100000 bytes");
    hub.lies.size = 101_000;
    await refused("the file must come in full, got 100000 of 101000 bytes");
  });

  it.each([
    [401, "GatedRepo", "the repository must be open to you, got 401 GatedRepo. Accept its terms at http"],
    [401, "RepoNotFound", "the repository must exist, got 401 RepoNotFound. Check its name, or use a token, if"],
    [404, "RepoNotFound", "the repository must exist, got 404 RepoNotFound"],
    [404, "RevisionNotFound", "the revision must exist, got 404 RevisionNotFound. Check what stands after the @."],
    [404, "EntryNotFound", "the file must exist in that revision, got 404 EntryNotFound"],
    [401, "", "the hub must let you in, got 401. Use a token: set HF_TOKEN or give --token-file."],
    [404, "", "the hub must answer with the thing asked for, got 404. Check the address: http"],
  ])("%d %s is refused at once, in the user's words", async (status, code, message) => {
    hub.refuse = [status, code];
    await refused(message);
    expect(hub.asked).toHaveLength(1);
  });

  it("names the repository and the revision that are not there", async () => {
    await expect(fetchFromHub(settings, { repository: "owner/other", revision: "main" })).rejects.toThrow(
      "owner/other@main",
    );
    await expect(fetchFromHub(settings, { repository, revision: "nope" })).rejects.toThrow(
      "owner/name@nope: the revision",
    );
  });

  it("is asked for again when it fails for the moment, as late as it says", async () => {
    hub.failures.push({ status: 503 }, { status: 500 }, { status: 429, headers: { "Retry-After": "0" } });
    expect((await read()).equals(large)).toBe(true);
    hub.failures.push(...new Array(5).fill({ status: 502 }));
    await refused("the hub must answer (tried 5 times), got 502. Try again later.");
  });

  it("is refused when it is cut short, or no JSON of a hub", async () => {
    hub.cutAnswers = 20;
    await refused(/the hub's answer must be whole, got one that was cut \(.+, 5 times\)/);
    hub.failures.push({ status: 200 });
    hub.cutAnswers = undefined;
    await refused("the hub's answer must be whole JSON");
  });

  it("of weights that are PyTorch's is refused before they are fetched", async () => {
    hub.commit({ "config.json": small, "pytorch_model.bin": large });
    await refused("weights must be safetensors, got pytorch_model.bin, a PyTorch file");
    expect(transfers()).toEqual([]);
  });
});

describe("without a connection", () => {
  /** An address at which nobody listens any more. */
  let nowhere = "";
  beforeEach(async () => {
    const other = await openStandIn(files);
    nowhere = other.endpoint;
    await other.close();
  });

  it("a fetch is refused at once, with what to do", async () => {
    settings = { ...settings, endpoint: nowhere };
    await refused(`the hub must be in reach (${nowhere}), got no connection (ECONNREFUSED). Connect, or give a folder`);
    settings = { ...settings, endpoint: "http://no-such-host.invalid" };
    await refused(/got no connection \((ENOTFOUND|EAI_AGAIN)\)/);
  });

  it("what was fetched before is used, from the commit that the branch was at", async () => {
    const { commit } = await fetched();
    settings = { ...settings, endpoint: nowhere };
    expect(await fetched()).toMatchObject({ commit, isOffline: true });
    expect((await read()).equals(large)).toBe(true);
    const pinned = { repository, revision: commit };
    expect(await fetchFromHub(settings, pinned)).toMatchObject({ commit, isOffline: true });
  });

  it("HF_HUB_OFFLINE asks nobody", async () => {
    await fetched();
    hub.asked.length = 0;
    settings = { ...settings, isOffline: true };
    expect((await read()).equals(large)).toBe(true);
    expect(hub.asked).toEqual([]);
  });

  it("a fetch that was cut is not taken for a whole one", async () => {
    hub.cuts.push(60_000, 0, 0, 0, 0, 0);
    await refused("60000 of 100000 bytes");
    settings = { ...settings, isOffline: true };
    await refused("the hub must be in reach");
  });

  it("a damaged file of the cache is refused", async () => {
    const { folder } = await fetched();
    writeFileSync(join(folder, "model.safetensors"), Buffer.alloc(100_000));
    settings = { ...settings, isOffline: true };
    await refused("a cached file must be what its name says, got other bytes");
  });
});

/**
 * @file Caches that were staged by hand, copied without refs, or made elsewhere: used where only one thing can be meant.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { denoiserFile, mdlmConfig, writeFolder } from "../published/published.fixture.js";
import { fetchFromHub } from "./fetch.js";
import type { HubSettings } from "./settings.js";

const repository = "newowner/newname";
const [first, second] = ["a".repeat(40), "b".repeat(40)];
let root: string;
let settings: HubSettings;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "staged-test-"));
  settings = { endpoint: "https://huggingface.co", cache: root, isOffline: true, retryMs: 1 };
});
afterEach(() => rmSync(root, { recursive: true }));

const place = () => join(root, "models--newowner--newname");
const stage = (name: string) => writeFolder(join(place(), "snapshots", name), mdlmConfig, denoiserFile());
const fetched = (revision = "main") => fetchFromHub(settings, { repository, revision });

describe("a cache without refs", () => {
  it.each([first, "staged-by-hand"])("gives its only snapshot for main (%s)", async (name) => {
    stage(name);
    expect(await fetched()).toEqual({ folder: join(place(), "snapshots", name), commit: name, isOffline: true });
    expect(existsSync(join(place(), "refs"))).toBe(false);
  });

  it("names what is there where several are, or where another revision is asked for", async () => {
    stage(first);
    await expect(fetched("v2")).rejects.toThrow(`or name what is in the cache: hf:${repository}@${first}.`);
    stage(second);
    const both = `hf:${repository}@${first}, hf:${repository}@${second}`;
    await expect(fetched()).rejects.toThrow(`Connect, or name what is in the cache: ${both}.`);
    expect((await fetched(second)).folder).toBe(join(place(), "snapshots", second));
  });

  it("gives a snapshot by its name, be it a commit or a word", async () => {
    stage("v1.0");
    stage(first);
    expect((await fetched("v1.0")).folder).toBe(join(place(), "snapshots", "v1.0"));
    expect((await fetched(first)).folder).toBe(join(place(), "snapshots", first));
  });

  it("says that nothing is there where nothing is", async () => {
    await expect(fetched()).rejects.toThrow(`(Not in the cache: ${root}.)`);
  });
});

describe("a cache with refs", () => {
  it("follows them, though there is another snapshot", async () => {
    stage(first);
    stage(second);
    mkdirSync(join(place(), "refs"));
    writeFileSync(join(place(), "refs", "main"), `${second}\n`);
    expect((await fetched()).commit).toBe(second);
  });

  it("is told from one whose ref is damaged", async () => {
    stage(first);
    mkdirSync(join(place(), "refs"));
    writeFileSync(join(place(), "refs", "main"), "");
    expect((await fetched()).commit).toBe(first);
  });
});

it("files may be copies or links, and a dangling link counts as absent", async () => {
  const folder = stage(first);
  copyFileSync(join(folder, "config.json"), join(folder, "tokenizer.json"));
  expect(readFileSync(join((await fetched()).folder, "config.json"), "utf8")).toBe(JSON.stringify(mdlmConfig));
  rmSync(join(folder, "model.safetensors"));
  symlinkSync("../../blobs/gone", join(folder, "model.safetensors"));
  await expect(fetched()).rejects.toThrow("the hub must be in reach");
});

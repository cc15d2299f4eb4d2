/**
 * @file Where the hub is, what goes to it, and what is asked of it: flags and environment.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hubSettings } from "./settings.js";
import { parseHubSource, roundOfRevision, sdttVariant, sdttVariants } from "./source.js";

const root = mkdtempSync(join(tmpdir(), "settings-test-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("settings", () => {
  it("take the cache from the flag, HF_HUB_CACHE, HF_HOME, or the project's folder, in that order", () => {
    const cacheOf = (environment: NodeJS.ProcessEnv, cache?: string) =>
      hubSettings({ cache, root: ".sdtt" }, environment).cache;
    expect(cacheOf({ HF_HUB_CACHE: "/b", HF_HOME: "/c" }, "/a")).toBe("/a");
    expect(cacheOf({ HF_HUB_CACHE: "/b", HF_HOME: "/c" })).toBe("/b");
    expect(cacheOf({ HF_HOME: "/c" })).toBe(join("/c", "hub"));
    expect(cacheOf({})).toBe(join(".sdtt", "hub"));
  });

  it("take endpoint, token and offline from the environment, the token's file first", () => {
    const environment = { HF_ENDPOINT: "http://x/", HF_TOKEN: "hf_a", HF_HUB_OFFLINE: "1" };
    expect(hubSettings({ root: "." }, environment)).toMatchObject({
      endpoint: "http://x",
      token: "hf_a",
      isOffline: true,
    });
    const tokenFile = join(root, "token");
    writeFileSync(tokenFile, "hf_b\n");
    expect(hubSettings({ root: ".", tokenFile }, environment).token).toBe("hf_b");
    expect(hubSettings({ root: "." }, {})).toMatchObject({ endpoint: "https://huggingface.co", isOffline: false });
  });

  it("take a token of any form for another hub than Hugging Face's, and of its own form there", () => {
    const tokenFor = (HF_ENDPOINT: string | undefined, HF_TOKEN: string) => () =>
      hubSettings({ root: "." }, { HF_TOKEN, ...(HF_ENDPOINT && { HF_ENDPOINT }) }).token;
    const own = "https://artifactory.example.com/artifactory/api/huggingfaceml/hf";
    for (const token of [
      "cmVmdGtuOjAxOjE3.made-up_token",
      "AKCp8k+/=",
      "hf_a",
      "eyJ0.eyJ1.c2ln",
      "user:secret",
      "glpat-x",
    ])
      expect(tokenFor(own, token)()).toBe(token);
    for (const token of ["two words", "line\nend", "ünï", "\u0000x"])
      expect(tokenFor(own, token)).toThrow(
        "a token must be letters, digits and signs without spaces, got another text",
      );
    for (const endpoint of [undefined, "https://huggingface.co/", "https://hub-ci.huggingface.co", "https://hf.co"]) {
      expect(tokenFor(endpoint, "hf_a")()).toBe("hf_a");
      expect(tokenFor(endpoint, "api_org_b")()).toBe("api_org_b");
      expect(tokenFor(endpoint, "cmVmdGtuOjAxOjE3.made-up")).toThrow("a token must be hf_ and letters or digits");
    }
    expect(tokenFor("https://nothuggingface.co", "any.form")()).toBe("any.form");
  });

  it("refuse an endpoint with a login in it, without repeating it", () => {
    const attempt = () => hubSettings({ root: "." }, { HF_ENDPOINT: "https://me:hunter2@hub.example.com" });
    expect(attempt).toThrow("the endpoint must hold no login, got an address with one (HF_ENDPOINT)");
    expect(attempt).not.toThrow(/hunter2/);
  });

  it("refuse a token that is none without repeating it, a file that is not there, and a strange endpoint", () => {
    const attempt = (environment: NodeJS.ProcessEnv, tokenFile?: string) => () =>
      hubSettings({ root: ".", tokenFile }, environment);
    expect(attempt({ HF_TOKEN: "password1" })).toThrow(
      "a token must be hf_ and letters or digits, got another text (HF_TOKEN)",
    );
    expect(attempt({ HF_TOKEN: "password1" })).not.toThrow(/password1/);
    expect(attempt({}, join(root, "none"))).toThrow("the token's file must be readable, got ENOENT");
    expect(attempt({ HF_ENDPOINT: "hub" })).toThrow("the endpoint must be an http address, got hub (HF_ENDPOINT)");
  });
});

describe("a source", () => {
  it("names repository and revision; main where it is left out", () => {
    expect(parseHubSource("hf:owner/name@v1.0")).toEqual({ repository: "owner/name", revision: "v1.0" });
    expect(parseHubSource("hf:gpt2")).toEqual({ repository: "gpt2", revision: "main" });
    expect(parseHubSource("hf:a/b@refs/pr/1").revision).toBe("refs/pr/1");
  });

  it.each(["hf:", "hf:a/b/c", "hf:../x", "hf:a/b@../../x", "hf:a/b@", "hf:a b/c"])("is refused: %s", (text) => {
    expect(() => parseHubSource(text)).toThrow("a repository must be given as hf:owner/name@revision, got hf:");
  });
});

describe("a variant of SDTT", () => {
  it.each([
    ["kld-7", "baselines_kld_step_70000", 7],
    ["tvd-1", "baselines_tvd_step_10000", 1],
    ["md-3", "scaling_400k_md_step_30000", 3],
    ["teacher-large", "teacher_400k_large_step_400000", 0],
    ["teacher", "teacher_1M_sm", 0],
  ])("%s is the published revision %s, of round %d", (name, revision, round) => {
    expect(sdttVariant(name)).toEqual({ revision, round });
    expect(roundOfRevision(revision)).toBe(round);
  });

  it("is one of 46, and no other", () => {
    expect(sdttVariants.size).toBe(1 + 3 + 6 * 7);
    expect(() => sdttVariant("kld-0")).toThrow("--variant must name one of SDTT's published models, got kld-0");
    expect(roundOfRevision("main")).toBe(0);
  });
});

/**
 * @file A model's files from the hub, in a folder: fetched where they are missing, taken from the cache where not.
 *
 * A branch is resolved to its commit first, and everything is fetched from that commit: files of two versions never
 * mix. Without a connection the commit that the branch was last seen at is used.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ListFileEntry } from "@huggingface/hub";
import { UserError, userError } from "../../base/errors.js";
import { startProgress } from "../../base/progress.js";
import { sayOnce } from "../../base/sayOnce.js";
import { indexName, readIndex, refuseOtherWeights, weightsName } from "../published/weightFiles.js";
import { isSound, type RepositoryCache, repositoryCache } from "./cache.js";
import { downloadFile, type RemoteFile } from "./download.js";
import { hubFetch, Unreachable } from "./request.js";
import type { HubSettings } from "./settings.js";
import type { HubSource } from "./source.js";

export interface FetchedFolder {
  readonly folder: string;
  readonly commit: string;
  /** True where the hub was not asked. */
  readonly isOffline: boolean;
}

/** What is wanted of a repository: all that makes a model, or its tokenizer. */
export type Wanted = "model" | "tokenizer";

const small = ["config.json", "state.json", "tokenizer.json"];

/** The files to fetch first; shards are known only when their index is here. */
function wantedOf(wanted: Wanted, names: readonly string[], where: string): string[] {
  if (wanted === "tokenizer") {
    if (names.includes("tokenizer.json")) return ["tokenizer.json"];
    throw userError(where, "there must be a tokenizer.json", names.join(", "), "Take another repository.");
  }
  refuseOtherWeights(where, names);
  const weights = names.includes(weightsName) ? [weightsName] : [indexName];
  if (names.includes("state.json")) weights.push("ema.safetensors");
  return [...small, ...weights].filter((name) => names.includes(name));
}

async function listing(settings: HubSettings, { repository, revision }: HubSource) {
  const what = `${repository}@${revision}`;
  const shared = { hubUrl: settings.endpoint, fetch: hubFetch(what, settings) };
  try {
    const { listFiles, modelInfo } = await import("@huggingface/hub");
    const { sha } = await modelInfo({ name: repository, revision, additionalFields: ["sha"], ...shared });
    if (!/^[0-9a-f]{40}$/.test(sha ?? "")) {
      throw userError(`hub ${what}`, "the hub must say the commit", sha, "Check HF_ENDPOINT.");
    }
    const files: ListFileEntry[] = [];
    for await (const entry of listFiles({ repo: repository, revision: sha, ...shared })) files.push(entry);
    return { commit: sha, files: files.filter(({ type }) => type === "file") };
  } catch (error) {
    if (error instanceof UserError || error instanceof Unreachable) throw error;
    const remedy = "Try again later; is HF_ENDPOINT a hub?";
    throw userError(`hub ${what}`, "the hub's answer must be whole JSON", (error as Error).message, remedy, error);
  }
}

function remoteFile(
  settings: HubSettings,
  { repository }: HubSource,
  commit: string,
  entry: ListFileEntry,
): RemoteFile {
  const { path, size, oid = "", lfs } = entry;
  const hash = lfs?.oid ?? oid;
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash) || !Number.isSafeInteger(lfs?.size ?? size)) {
    throw userError(`hub ${path}`, "the hub must list size and hash", JSON.stringify(entry), "Check HF_ENDPOINT.");
  }
  const url = `${settings.endpoint}/${repository}/resolve/${commit}/${encodeURIComponent(path)}`;
  return { path, sizeBytes: lfs?.size ?? size, hash, commit, url };
}

async function fetchFile(settings: HubSettings, cache: RepositoryCache, file: RemoteFile): Promise<void> {
  const blob = cache.blob(file.hash);
  if (!isSound(blob)) {
    const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
    const progress = startProgress({ label: file.path, total: megabytes(file.sizeBytes), unit: "MB" });
    await downloadFile(settings, file, blob, (done) => progress.update(megabytes(done)));
    progress.done();
  }
  cache.link(file.commit, file.path, file.hash);
}

async function fetchOnline(settings: HubSettings, source: HubSource, wanted: Wanted): Promise<FetchedFolder> {
  const { commit, files } = await listing(settings, source);
  const cache = repositoryCache(settings.cache, source);
  const byName = new Map(files.map((entry) => [entry.path, entry]));
  const get = async (names: readonly string[]) => {
    for (const name of names) {
      const entry = byName.get(name);
      if (entry) await fetchFile(settings, cache, remoteFile(settings, source, commit, entry));
    }
  };
  const where = `hub ${source.repository}@${source.revision}`;
  const first = wantedOf(wanted, [...byName.keys()], where);
  await get(first);
  const folder = cache.snapshot(commit);
  if (first.includes(indexName)) await get([...readIndex(join(folder, indexName)).keys()]);
  cache.rememberCommit(source.revision, commit);
  return { folder, commit, isOffline: false };
}

/** The one snapshot of a cache that was staged by hand, without refs: it can only be meant for main. */
function onlySnapshot(cache: RepositoryCache, { repository, revision }: HubSource): string | undefined {
  const [only, ...others] = cache.snapshots();
  if (revision !== "main" || only === undefined || others.length > 0) return undefined;
  sayOnce(`hub ${repository}: the cache does not say where main is; its only snapshot is taken, ${only}`);
  return only;
}

/** The folder of an earlier fetch, each file's hash checked; undefined where it is not complete. */
function fetchedBefore(settings: HubSettings, source: HubSource, wanted: Wanted): FetchedFolder | undefined {
  const cache = repositoryCache(settings.cache, source);
  const commit = cache.knownCommit(source.revision) ?? onlySnapshot(cache, source);
  const folder = commit && cache.snapshot(commit);
  if (!commit || !folder || !existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name)));
  const needed = wanted === "tokenizer" ? ["tokenizer.json"] : [weightsName, indexName];
  if (!needed.some((name) => names.includes(name))) return undefined;
  const damaged = names.find((name) => /\.(json|safetensors)$/.test(name) && !isSound(join(folder, name)));
  if (damaged) {
    const rule = "a cached file must be what its name says";
    throw userError(`hub ${join(folder, damaged)}`, rule, "other bytes", "Remove it and fetch it again.");
  }
  return { folder, commit, isOffline: true };
}

function cachedOrRefused(settings: HubSettings, source: HubSource, wanted: Wanted, reason: string): FetchedFolder {
  const found = fetchedBefore(settings, source, wanted);
  if (found) return found;
  const where = `hub ${source.repository}@${source.revision}`;
  const rule = `the hub must be in reach (${settings.endpoint})`;
  const there = repositoryCache(settings.cache, source).snapshots();
  const named = there.map((name) => `hf:${source.repository}@${name}`).join(", ");
  const remedy =
    there.length > 0
      ? `Connect, or name what is in the cache: ${named}.`
      : `Connect, or give a folder of your own: --source=FOLDER. (Not in the cache: ${settings.cache}.)`;
  throw userError(where, rule, reason, remedy);
}

/**
 * Makes the files of a repository's revision available in a folder of the cache.
 *
 * Holds    every file has the size and the hash that the hub lists; nothing partial is ever in the folder
 * Throws   UserError when the hub refuses, the bytes are wrong, or there is neither connection nor cache
 */
export async function fetchFromHub(
  settings: HubSettings,
  source: HubSource,
  wanted: Wanted = "model",
): Promise<FetchedFolder> {
  if (settings.isOffline) return cachedOrRefused(settings, source, wanted, "HF_HUB_OFFLINE");
  try {
    return await fetchOnline(settings, source, wanted);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return cachedOrRefused(settings, source, wanted, `no connection (${error.message})`);
  }
}

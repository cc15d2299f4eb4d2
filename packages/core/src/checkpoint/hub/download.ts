/**
 * @file One file from the hub, in as many pieces as the connection allows.
 *
 * The hub's library (@huggingface/hub 2.17.5) begins a cut download again from the first byte and checks nothing, so
 * only its listings are used; the bytes come through node's fetch with `Range` and `If-Range`. They go to
 * HASH.partial; only when size and hash are those of the listing is it fsynced and renamed. Its ETag lies beside it:
 * where the server has another one since, the file begins anew.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { userError } from "../../base/errors.js";
import { syncFolder, writeFileAtomic, writeFully } from "../../files/atomic.js";
import { contentHash } from "./cache.js";
import { follow, reasonOf, tries, wait } from "./request.js";
import type { HubSettings } from "./settings.js";

export interface RemoteFile {
  /** Name within the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of a large file, git's object name of a small one. */
  readonly hash: string;
  readonly commit: string;
  readonly url: string;
}

/** A transfer that ended before its time. */
class Cut extends Error {}

const unquoted = (tag: string | null) => tag?.replace(/^W\//, "").replaceAll('"', "") ?? "";

function sizeOfFile(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What the hub says of a file on the way to it must be what it listed. */
function checkHop(where: string, file: RemoteFile, response: Response): void {
  const said = [
    ["commit", response.headers.get("X-Repo-Commit"), file.commit],
    ["size", response.headers.get("X-Linked-Size"), String(file.sizeBytes)],
    ["hash", unquoted(response.headers.get("X-Linked-Etag")) || null, file.hash],
  ] as const;
  for (const [what, got, listed] of said) {
    if (got === null || got === listed) continue;
    throw userError(where, `the ${what} must be the listed one, ${listed}`, got, "Try again later.");
  }
}

/** How an answer goes on from `have` bytes: from there, from the start, or not at all. */
function startOf(response: Response, have: number, tag: string | undefined, file: RemoteFile): number | undefined {
  if (response.status === 200) return 0;
  if (response.status !== 206) return undefined;
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "") ?? [];
  const isSame = response.headers.get("ETag") === tag;
  return isSame && Number(from) === have && Number(total) === file.sizeBytes ? have : undefined;
}

/** Appends what the server sends to the partial file; throws `Cut` where it ends early. */
async function transfer(
  where: string,
  settings: HubSettings,
  file: RemoteFile,
  partial: string,
  onBytes: (done: number) => void,
): Promise<void> {
  const notes = `${partial}.etag`;
  const tag = existsSync(notes) ? readFileSync(notes, "utf8") : undefined;
  // A weak ETag promises the same meaning, not the same bytes: no ground to go on from.
  const have = tag && !tag.startsWith("W/") ? sizeOfFile(partial) : 0;
  const headers: Record<string, string> = { "Accept-Encoding": "identity" };
  if (have > 0 && tag) Object.assign(headers, { Range: `bytes=${have}-`, "If-Range": tag });
  const response = await follow(where, settings, file.url, headers, (hop) => checkHop(`hub ${where}`, file, hop));
  const start = startOf(response, have, tag, file);
  if (start === undefined) {
    await response.body?.cancel();
    rmSync(partial, { force: true });
    throw new Cut(`the server would not go on from byte ${have}`);
  }
  const handle = openSync(partial, start === 0 ? "w" : "a");
  try {
    writeFileAtomic(notes, response.headers.get("ETag") ?? "");
    await receive(response, handle, start, file, onBytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

async function receive(
  response: Response,
  handle: number,
  start: number,
  { sizeBytes }: RemoteFile,
  onBytes: (done: number) => void,
): Promise<void> {
  let done = start;
  try {
    for await (const chunk of response.body ?? []) {
      writeFully(handle, chunk);
      done += chunk.length;
      onBytes(done);
      if (done > sizeBytes) break;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === "write") throw error;
    throw new Cut(reasonOf(error), { cause: error });
  }
  if (done < sizeBytes) throw new Cut("the connection was closed");
}

/** Fetches until the partial file is as long as listed; a try that came further than any before starts the count. */
async function fetchAll(
  where: string,
  settings: HubSettings,
  file: RemoteFile,
  partial: string,
  onBytes: (done: number) => void,
): Promise<void> {
  let furthest = sizeOfFile(partial);
  for (let failures = 0; sizeOfFile(partial) !== file.sizeBytes || !existsSync(partial); ) {
    try {
      await transfer(where, settings, file, partial, onBytes);
      return;
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      const now = sizeOfFile(partial);
      failures = now > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, now);
      if (failures >= tries) {
        const got = `${now} of ${file.sizeBytes} bytes: ${error.message}`;
        const remedy = "Give the same command again: it goes on from there.";
        throw userError(`hub ${where}`, "the file must come in full", got, remedy, error);
      }
      await wait(settings.retryMs * 2 ** (failures - 1));
    }
  }
}

/**
 * Fetches a file to `target`.
 *
 * Holds    `target` never exists in part; what a cut download brought is kept for the next one
 * Throws   UserError when the bytes are not the listed ones, or keep failing to come; Unreachable without a connection
 */
export async function downloadFile(
  settings: HubSettings,
  file: RemoteFile,
  target: string,
  onBytes: (done: number) => void = () => {},
): Promise<void> {
  const partial = `${target}.partial`;
  const where = file.path;
  mkdirSync(dirname(target), { recursive: true });
  await fetchAll(where, settings, file, partial, onBytes);
  const got = sizeOfFile(partial);
  const found = got === file.sizeBytes ? contentHash(partial, file.hash) : undefined;
  if (found !== file.hash) {
    rmSync(partial, { force: true });
    rmSync(`${partial}.etag`, { force: true });
    const rule = found ? `the file must hash to ${file.hash}, as listed` : `the file must be ${file.sizeBytes} bytes`;
    throw userError(`hub ${where}`, rule, found ?? `${got} bytes`, "It was removed: fetch it again.");
  }
  renameSync(partial, target);
  rmSync(`${partial}.etag`, { force: true });
  syncFolder(dirname(target));
}

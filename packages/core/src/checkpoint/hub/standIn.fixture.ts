/**
 * @file A hub of our own for tests: speaks the real one's protocol on a local port, and misbehaves when told to.
 *
 * Small files are served by the hub itself, with git's object name as ETag; large ones by a redirect to another host
 * (the same port under another name) that knows nothing of tokens and has ETags of its own, as the real CDN does.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  /** What was answered. */
  status: number;
}

export interface StandIn {
  readonly endpoint: string;
  readonly asked: Asked[];
  /** Bytes of a transfer from the CDN after which the socket is destroyed; taken from the front, one a transfer. */
  readonly cuts: number[];
  /** Answers with these statuses before any other, one a request. */
  readonly failures: { status: number; headers?: Record<string, string> }[];
  /** The CDN's ETag, beside the file's name. */
  etag: string;
  /** Refuses all of a repository's requests: status, X-Error-Code. */
  refuse: readonly [number, string] | undefined;
  /** Only requests with this token are let in. */
  token: string | undefined;
  /** Listings say this size, this hash; false leaves the truth. */
  readonly lies: { size?: number; hash?: string };
  /** The CDN takes no ranges, or answers one without regard to If-Range. */
  ranges: "yes" | "no" | "regardless";
  /** API answers are cut after so many bytes. */
  cutAnswers: number | undefined;
  /** Changes a branch: a new commit with these files. */
  commit(files: Readonly<Record<string, Buffer>>): string;
  close(): Promise<void>;
}

/** Above this, a file is LFS: on the real hub by its kind, here by its size. */
const largeBytes = 2_000;
const sha = (kind: string, ...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash(kind)).digest("hex");
const gitOid = (bytes: Buffer) => sha("sha1", `blob ${bytes.length}\0`, bytes);

export const repository = "owner/name";

export async function openStandIn(files: Readonly<Record<string, Buffer>>): Promise<StandIn> {
  const commits = new Map<string, Readonly<Record<string, Buffer>>>();
  let head = "";
  const server = createServer((request, response) => {
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hub: StandIn = {
    endpoint: `http://127.0.0.1:${port}`,
    ...{ asked: [], cuts: [], failures: [], etag: "v1", refuse: undefined, token: undefined, lies: {} },
    ...{ ranges: "yes", cutAnswers: undefined },
    commit(next) {
      head = sha("sha1", String(commits.size), ...Object.values(next));
      commits.set(head, next);
      return head;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  hub.commit(files);

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization, range, "if-range": ifRange, host = "" } = request.headers;
    const { method = "", url = "" } = request;
    const entry: Asked = { method, url, host, authorization, range, ifRange: ifRange as string | undefined, status: 0 };
    hub.asked.push(entry);
    response.on("close", () => {
      entry.status = response.statusCode;
    });
    const failure = hub.failures.shift();
    const path = decodeURIComponent(url.split("?")[0] as string);
    if (failure) response.writeHead(failure.status, failure.headers).end();
    else if (path.startsWith("/cdn/")) cdn(path.slice("/cdn/".length), range, entry.ifRange, response);
    else if (hub.refuse) deny(response, ...hub.refuse);
    else if (hub.token && authorization !== `Bearer ${hub.token}`) deny(response, 401, "GatedRepo");
    else hubAnswer(path, response);
  }

  function deny(response: ServerResponse, status: number, code: string): void {
    response.writeHead(status, { "X-Error-Code": code, "X-Error-Message": `${code} it is` });
    response.end(JSON.stringify({ error: code }));
  }

  function json(response: ServerResponse, value: unknown): void {
    const text = JSON.stringify(value);
    const isCut = hub.cutAnswers !== undefined;
    response.writeHead(200, { "Content-Type": "application/json; charset=utf-8", "Content-Length": text.length });
    if (isCut) response.write(text.slice(0, hub.cutAnswers), () => response.destroy());
    else response.end(text);
  }

  function hubAnswer(path: string, response: ServerResponse): void {
    const api = /^\/api\/models\/owner\/name\/(revision|tree)\/([^/]+)$/.exec(path);
    const file = /^\/owner\/name\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const revision = api?.[2] ?? file?.[1];
    const commit = revision === "main" || revision === "baselines_kld_step_70000" ? head : (revision ?? "");
    const held = commits.get(commit);
    if (!revision) deny(response, 404, "RepoNotFound");
    else if (!held) deny(response, 404, "RevisionNotFound");
    else if (file) resolve(held, commit, file[2] as string, response);
    else if (api?.[1] === "tree") json(response, Object.entries(held).map(listed));
    else json(response, { _id: "1", id: repository, sha: commit, private: false });
  }

  function listed([path, bytes]: [string, Buffer]) {
    const size = hub.lies.size ?? bytes.length;
    const oid = hub.lies.hash ?? sha("sha256", bytes);
    const base = { type: "file", oid: gitOid(bytes), size, path };
    return bytes.length > largeBytes ? { ...base, lfs: { oid, size, pointerSize: 134 } } : base;
  }

  function resolve(held: Readonly<Record<string, Buffer>>, commit: string, name: string, response: ServerResponse) {
    const bytes = held[name];
    if (!bytes) {
      deny(response, 404, "EntryNotFound");
      return;
    }
    const common = { "X-Repo-Commit": commit, "Accept-Ranges": "bytes" };
    if (bytes.length <= largeBytes) {
      response.writeHead(200, { ...common, ETag: `"${gitOid(bytes)}"`, "Content-Length": bytes.length });
      response.end(bytes);
      return;
    }
    const linked = {
      "X-Linked-Etag": `"${hub.lies.hash ?? sha("sha256", bytes)}"`,
      "X-Linked-Size": hub.lies.size ?? bytes.length,
    };
    response.writeHead(302, { ...common, ...linked, Location: `http://localhost:${port}/cdn/${commit}/${name}` }).end();
  }

  function cdn(path: string, range: string | undefined, ifRange: string | undefined, response: ServerResponse): void {
    const [commit = "", name = ""] = path.split("/");
    const bytes = commits.get(commit)?.[name];
    if (!bytes) {
      response.writeHead(404).end();
      return;
    }
    const tag = `"${name}-${hub.etag}"`;
    const asked = hub.ranges === "no" ? undefined : /^bytes=(\d+)-$/.exec(range ?? "")?.[1];
    const isTaken = asked !== undefined && (hub.ranges === "regardless" || ifRange === undefined || ifRange === tag);
    const from = isTaken ? Number(asked) : 0;
    if (from >= bytes.length) {
      response.writeHead(416, { "Content-Range": `bytes */${bytes.length}`, ETag: tag }).end();
      return;
    }
    const part = bytes.subarray(from);
    const headers = { ETag: tag, "Accept-Ranges": "bytes", "Content-Length": part.length };
    const span = { "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(isTaken ? 206 : 200, isTaken ? { ...headers, ...span } : headers);
    const cut = hub.cuts.shift();
    if (cut === undefined || cut >= part.length) {
      response.end(part);
      return;
    }
    // The socket goes only after its bytes are out; otherwise none would arrive.
    response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  }
  return hub;
}

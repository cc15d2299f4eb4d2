import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import type { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { markdownHtml } from "../html/markdown.js";
import { openStores, type Stores } from "../read/stores/stores.js";
import { notesOf } from "../read/weeks/notes.js";
import { reportHtml } from "../report/report.js";
import { hostile, seedStore } from "../seed.fixture.js";
import { createApp } from "./app.js";
import { newAccess } from "./guard.js";
import { listen } from "./listen.js";
import { type Headers, postTo } from "./session.fixture.js";
import { loadWebFiles, type WebFiles } from "./webFiles.js";

let folder: string;
let path: string;
let stores: Stores;
let files: WebFiles;
let app: Hono;
const token = "a-token-of-some-length";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-security-"));
  path = join(folder, "sdtt.sqlite");
  seedStore(path).close();
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web/index.html"), "<!doctype html><title>page</title>");
  stores = openStores([path]);
  files = loadWebFiles(join(folder, "web"));
  app = createApp(stores, files);
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

const note = { experiment: "demo", author: "ann", text: "it helped", week: "2026-W47", verdict: "better" };

const post = (path: string, body: unknown, headers?: Headers) => postTo(app, path, body, headers);

const notesNow = () => stores.reader.notes("demo");

describe("writing", () => {
  it("keeps a note with its verdict and a tag, and shows them at once", async () => {
    expect((await post("/api/notes", note)).status).toBe(201);
    expect(notesNow()).toMatchObject([{ author: "ann", week: "2026-W47", verdict: "better" }]);
    expect((await post("/api/tags", { runId: "demo", tag: "best", isSet: true, author: "ann" })).status).toBe(201);
    expect(stores.reader.tags("demo")).toMatchObject([{ tag: "best" }]);
  });

  it("is refused from a foreign origin, from none, and without the session's key", async () => {
    const foreign = ["http://evil.example", "null", "http://localhost.evil.example", "http://localhost:81", undefined];
    for (const origin of foreign) expect((await post("/api/notes", note, { origin })).status).toBe(403);
    for (const key of ["wrong", undefined]) {
      expect((await post("/api/notes", note, { "x-sdtt-key": key })).status).toBe(403);
    }
    expect(notesNow()).toEqual([]);
  });

  it("keeps what a note said before it was changed, by whom and when, in the week that it was written for", async () => {
    await post("/api/notes", note);
    const [first] = notesOf(stores.reader, "demo");
    const change = { ...note, author: "bo", text: "it did not", week: "2026-W40", verdict: "worse", edits: first?.id };
    expect((await post("/api/notes", change)).status).toBe(201);
    expect(notesOf(stores.reader, "demo")).toMatchObject([
      { ...{ author: "ann", text: "it did not", verdict: "worse", week: "2026-W47" }, edited: { author: "bo" } },
    ]);
    expect(notesOf(stores.reader, "demo")[0]?.before).toMatchObject([{ author: "ann", text: "it helped" }]);
    expect(reportHtml(stores.reader, { experiment: "demo" })).toMatch(/it did not/);
  });

  it("changes no note of another experiment, none that there is not, and none from outside of the page", async () => {
    await post("/api/notes", { ...note, experiment: "odd" });
    const [other] = notesOf(stores.reader, "odd");
    const changes = [other?.id, `${other?.id}.x`, "none", "", "a".repeat(101), null, ["a"]];
    for (const edits of changes) expect((await post("/api/notes", { ...note, edits })).status).toBe(400);
    const change = { ...note, experiment: "odd", text: "owned", edits: other?.id };
    expect((await post("/api/notes", change, { origin: "http://evil.example" })).status).toBe(403);
    expect((await post("/api/notes", change, { "x-sdtt-key": "wrong" })).status).toBe(403);
    expect((await post("/api/notes", { ...change, text: " ", verdict: null })).status).toBe(400);
    expect([notesNow(), notesOf(stores.reader, "odd")[0]?.edited]).toEqual([[], null]);
  });

  it("is refused as a form, which a foreign page could send without asking", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", undefined]) {
      expect((await post("/api/notes", note, { "content-type": type })).status).toBe(400);
    }
    expect(notesNow()).toEqual([]);
  });

  it("refuses what is too large, malformed, or of something that is not there", async () => {
    expect((await post("/api/notes", { ...note, text: "a".repeat(70_000) })).status).toBe(413);
    expect((await post("/api/notes", { ...note, text: "a".repeat(20_001) })).status).toBe(400);
    expect((await post("/api/notes", "{")).status).toBe(400);
    const wrong = [{ experiment: "none" }, { week: "2026-W99" }, { verdict: "good" }, { author: " " }, { extra: 1 }];
    for (const change of [...wrong, { text: " ", verdict: null }]) {
      expect((await post("/api/notes", { ...note, ...change })).status).toBe(400);
    }
    for (const tag of ["", "-x", "<b>", "a".repeat(51), "a b"]) {
      expect((await post("/api/tags", { runId: "demo", tag, isSet: true, author: "ann" })).status).toBe(400);
    }
    expect((await post("/api/tags", { runId: "none", tag: "x", isSet: true, author: "ann" })).status).toBe(400);
    expect(notesNow()).toEqual([]);
  });

  it("is refused when it comes too often", async () => {
    const answers = await Promise.all(Array.from({ length: 65 }, () => post("/api/notes", { ...note, week: "bad" })));
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(60);
    expect(answers.at(-1)?.status).toBe(429);
    expect(Number(answers.at(-1)?.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("with a token", () => {
  beforeEach(() => {
    app = createApp(stores, files, { access: newAccess(token) });
  });

  it("answers nothing without it, whatever the address", async () => {
    for (const url of ["/", "/api/experiments", "/api/session", "/api/live", "/api/report.html", "/?token=wrong"]) {
      expect((await app.request(`http://10.0.0.5${url}`)).status).toBe(401);
    }
    const headers = { origin: "http://10.0.0.5", host: "10.0.0.5", "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(note) };
    expect((await app.request("http://10.0.0.5/api/notes", init)).status).toBe(401);
    expect((await app.request(`http://10.0.0.5/api/notes?token=${token}`, init)).status).toBe(401);
    expect(notesNow()).toEqual([]);
  });

  it("takes it once from the address, keeps it where no script can read it, and hides it from the address", async () => {
    const response = await app.request(`http://10.0.0.5/runs?token=${token}&sort=id`);
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/runs?sort=id");
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const headers = { cookie: cookie.split(";")[0] as string };
    expect((await app.request("http://10.0.0.5/api/experiments", { headers })).status).toBe(200);
  });
});

describe("what a store holds", () => {
  const names = ['<img src=x onerror="alert(1)">', "a".repeat(10_000), "\u202egnorw", "\u0007bell"];

  it("reaches a note's HTML as text, and no address but a harmless one", () => {
    const links = "[a](javascript:alert(1)) ![b](http://evil.example/x.png) ![c](data:text/html,x) *d*";
    const html = markdownHtml(`${hostile}\n\n${links} <img src=x onerror=y>`);
    expect(html).not.toMatch(/<script|<img|javascript:|data:|\u202e/);
    expect(html).toContain("&lt;script&gt;");
    expect(html).toContain('<a href="http://evil.example/x.png">b</a>');
    expect(html).toContain("<em>d</em>");
  });

  it("draws this page's own charts in a note, on the page alone, and no other address", () => {
    const own = "![q](/api/curve.svg?experiment=demo&by=lr)";
    expect(markdownHtml(own, "live")).toBe('<p><img src="/api/curve.svg?experiment=demo&amp;by=lr" alt="q"></p>');
    expect(markdownHtml(own)).toBe('<p><a href="/api/curve.svg?experiment=demo&amp;by=lr">q</a></p>');
    const others = [
      "/api/live",
      "//evil.example/api/curve.svg",
      "http://localhost/api/curve.svg",
      "/api/curve.svg/../live",
    ];
    for (const source of others) expect(markdownHtml(`![q](${source})`, "live")).not.toContain("<img");
  });

  it("has its tables and check lists, which nobody can check by reading", () => {
    const html = markdownHtml("| a | b |\n| - | - |\n| 1 | 2 |\n\n- [ ] open\n- [x] done");
    expect(html).toContain("<td>2</td>");
    expect(html).toContain("☐ open");
    expect(html).toContain("☑ done");
    expect(html).not.toContain("<input");
  });

  it("cannot break out of the report", () => {
    const store = openStore(path);
    const [script] = names as [string];
    store.addNote({ ...note, text: hostile, author: script, verdict: "better" });
    store.saveExperiment({ name: "demo", question: `</title></style>${hostile}` });
    store.close();
    const html = reportHtml(stores.reader, { experiment: "demo" });
    expect(html).not.toMatch(/<script|onerror="|\u202e/);
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(html).toContain("default-src 'none'; img-src data:");
  });

  it("is shown whatever a name is made of", async () => {
    const store = openStore(path);
    for (const name of names) {
      const [run] = stores.reader.runs();
      if (run === undefined) throw new Error("no run");
      store.startRun({ ...run, id: name, name, experiment: name });
    }
    store.close();
    for (const name of names) {
      const query = encodeURIComponent(name);
      for (const url of [`/api/curve?experiment=${query}`, `/api/run?id=${query}`, `/api/sweep?experiment=${query}`]) {
        expect((await app.request(`http://localhost${url}`)).status).toBe(200);
      }
    }
    const svg = await app.request(
      `http://localhost/api/curve.svg?experiment=${encodeURIComponent(names[0] as string)}`,
    );
    expect(await svg.text()).not.toMatch(/<img|onerror="/);
  });

  it("of complete evaluations gives the files that are listed, of the experiment's runs, and no other file", async () => {
    for (const name of ["demo", "of-others"]) {
      mkdirSync(join(folder, "reports", name), { recursive: true });
      writeFileSync(join(folder, "reports", name, "report.html"), `<title>${name}</title>`);
    }
    mkdirSync(join(folder, "reports/unfinished"));
    const get = (path: string) => app.request(`http://localhost${path}`);
    expect(await (await get("/api/reports?experiment=demo")).json()).toMatchObject([{ name: "demo" }]);
    const file = await get("/api/evaluation.html?name=demo");
    expect(await file.text()).toBe("<title>demo</title>");
    expect(file.headers.get("content-disposition")).toMatch(/^attachment/);
    for (const name of ["..", "../reports/demo", "demo/", "unfinished", "%2e%2e", ""]) {
      expect([name, (await get(`/api/evaluation.html?name=${name}`)).status]).toEqual([name, 400]);
    }
  });

  it("becomes no formula in a spreadsheet", async () => {
    const store = openStore(path);
    const [e] = store.evaluations({ experiment: "demo" });
    const run = store.run("demo");
    if (e === undefined || run === undefined) throw new Error("the fixture is empty");
    store.startRun({ ...run, id: "formula", name: "=HYPERLINK(1)" });
    store.saveEvaluation({ ...e, runId: "formula", subjectHash: "f", round: 0, steps: null });
    store.close();
    const csv = await (await app.request("http://localhost/api/curve.csv?experiment=demo")).text();
    expect(csv).toContain("'=HYPERLINK(1)");
    expect(csv).not.toMatch(/^=/m);
  });
});

/** A path as it is on the wire: fetch would tidy it up. */
function rawStatus(port: number, rawPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path: rawPath, host: "127.0.0.1" }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end();
  });
}

it("serves no file outside of the page's folder, whatever the path on the wire", async () => {
  const listening = await listen(app, 0);
  try {
    const port = Number(new URL(listening.url).port);
    const paths = ["/../sdtt.sqlite", "/..%2fsdtt.sqlite", "/assets/../../sdtt.sqlite", "/%2e%2e/%2e%2e/etc/passwd"];
    for (const raw of [...paths, "//etc/passwd", "/web/../../sdtt.sqlite", "/.%00./sdtt.sqlite"]) {
      expect([raw, await rawStatus(port, raw)]).not.toEqual([raw, 200]);
    }
    expect(await rawStatus(port, "/")).toBe(200);
    expect(await rawStatus(port, `/api/runs?filter=${"a".repeat(110_000)}`)).toBe(414);
  } finally {
    await listening.close();
  }
});

describe("a store that cannot be read", () => {
  it("is explained, and shown once it can be", async () => {
    const later = join(folder, "later.sqlite");
    const waiting = openStores([later]);
    const session = async () =>
      JSON.stringify(await (await createApp(waiting, files).request("http://localhost/api/session")).json());
    expect(await session()).toMatch(/a store that is only read must exist/);
    expect(waiting.reader.experiments()).toEqual([]);
    seedStore(later).close();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await session()).not.toMatch(/must exist/);
    expect(waiting.reader.experiments().length).toBe(3);
    waiting.close();
  });

  it("that is damaged or half-written keeps no other from being shown", () => {
    const bytes = readFileSync(path);
    const [torn, text] = [join(folder, "torn.sqlite"), join(folder, "text.sqlite")];
    writeFileSync(torn, bytes.subarray(0, 5000));
    writeFileSync(text, "not a database, but long enough to look like a file of some kind".repeat(50));
    const several = openStores([torn, text, path]);
    expect(several.reader.experiments().map(({ name }) => name)).toContain("demo");
    const problems = several.states().map(({ problem }) => problem);
    expect(problems[1]).toMatch(/must be an undamaged SQLite database/);
    expect(problems[2]).toBeNull();
    several.close();
  });
});

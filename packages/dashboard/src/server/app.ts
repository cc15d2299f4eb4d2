/**
 * @file The dashboard's HTTP interface: JSON read from the store, and the built page.
 *
 * Read-only by construction: there are only GET routes, on a connection that cannot write. It answers to no host name
 * but this machine's own, so that a foreign page cannot read it by pointing its own name here (DNS rebinding).
 */
import { type Store, UserError } from "@sdtt/core/store";
import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { toJson } from "../charts/wire.js";
import { curveFrom } from "../experiment.js";
import type { WebFiles } from "./webFiles.js";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
const maxSamples = 50;

const json = (c: Context, value: unknown, status: 200 | 400 | 403 | 404 | 500 = 200) =>
  c.body(toJson(value), status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });

/** No inline script or style, nothing from elsewhere, in no one's frame. */
const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: "DENY",
  referrerPolicy: "no-referrer",
  strictTransportSecurity: false,
});

/** An evaluation with its samples and where it comes from; undefined when there is none of that key. */
function evaluationWithSamples(store: Store, key: string, limit: number) {
  const evaluation = store.evaluation(key);
  if (evaluation === undefined) return undefined;
  const run = store.run(evaluation.runId);
  const all = store.samples(key);
  return { evaluation, run, kept: all.length, samples: all.slice(0, limit) };
}

/** The dashboard as a Hono application; `app.request(path)` answers without a socket. */
export function createApp(store: Store, files: WebFiles): Hono {
  const app = new Hono();
  app.use(headers);
  app.use(async (c, next) => {
    if (localHosts.has(new URL(c.req.url).hostname)) return next();
    return json(c, { error: "dashboard: the host must be this machine. Open it as localhost." }, 403);
  });

  app.get("/api/experiments", (c) => json(c, store.experiments()));
  app.get("/api/curve", (c) => {
    const { experiment, measure, temperatures } = c.req.query();
    return json(c, curveFrom(store, { experiment, measure, allTemperatures: temperatures === "all" }));
  });
  app.get("/api/samples", (c) => {
    const limit = Math.min(maxSamples, Math.max(0, Math.trunc(Number(c.req.query("limit") ?? "10")) || 0));
    const found = evaluationWithSamples(store, c.req.query("key") ?? "", limit);
    return found
      ? json(c, found)
      : json(c, { error: "dashboard: the key must be an evaluation's. Reload the page." }, 404);
  });
  app.get("/api/*", (c) => json(c, { error: "dashboard: there is no such address. See the page at /." }, 404));
  app.get("/*", (c) => {
    const file = files.get(c.req.path === "/" ? "/index.html" : c.req.path);
    if (file === undefined) return c.text("Not found", 404);
    return c.body(file.bytes, 200, { "content-type": file.type });
  });

  app.onError((error, c) => {
    if (error instanceof UserError) return json(c, { error: error.message }, 400);
    process.stderr.write(`${error.stack ?? error.message}\n`);
    return json(c, { error: "dashboard: a defect. Its stack is in the terminal." }, 500);
  });
  return app;
}

/**
 * @file The dashboard's HTTP interface: JSON read from the stores, the built page, and two ways to write (notes, tags).
 *
 * Reading goes over connections that cannot write. It answers to no host name but this machine's own, or only to who
 * knows the token; what may write is in `guard.ts`.
 */
import { UserError } from "@sdtt/core/base";
import type { DeclaredMetric } from "@sdtt/core/statistics";
import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { z } from "zod";
import { toJson } from "../charts/data/wire.js";
import type { StoreState, Stores } from "../read/stores/stores.js";
import { apiText } from "./apiText.js";
import { type Access, guarded, newAccess } from "./guard.js";
import { answersOf } from "./limits.js";
import { liveOf } from "./live.js";
import { addPlayRoutes, type PlayOptions } from "./play/routes.js";
import { readQuery } from "./readQuery.js";
import { addReadRoutes } from "./routes.js";
import { viewsOf, type WebFiles } from "./webFiles.js";
import { addWriteRoutes } from "./writes.js";

/** What the page asks first. */
export interface Session {
  /** What a write must bring. */
  readonly writeKey: string;
  readonly stores: readonly StoreState[];
  /** What the stores' definitions say of metrics. */
  readonly metrics: readonly DeclaredMetric[];
}

const sessionQuery = z.strictObject({});
const liveQuery = z.strictObject({ cursor: z.string().optional() });

const json = (c: Context, value: unknown, status: 200 | 400 | 404 | 500 = 200) =>
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

function explain(error: Error, c: Context): Response {
  if (error instanceof UserError) return json(c, { error: error.message }, 400);
  process.stderr.write(`${error.stack ?? error.message}\n`);
  return json(c, { error: "dashboard: a defect. Its stack is in the terminal." }, 500);
}

function addPage(app: Hono, files: WebFiles): void {
  const views = viewsOf(files);
  app.get("/*", (c) => {
    const file = files.get(views.has(c.req.path) ? "/index.html" : c.req.path);
    if (file !== undefined) {
      const isNamedByContent = c.req.path.startsWith("/assets/");
      const cache = isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache";
      return c.body(file.bytes, 200, { "content-type": file.type, "cache-control": cache });
    }
    const page = files.get("/index.html");
    const isAddress = page !== undefined && !c.req.path.includes(".");
    // The page itself says that there is no such view.
    return isAddress ? c.body(page.bytes, 404, { "content-type": page.type }) : c.text("Not found.", 404);
  });
}

export interface AppOptions {
  /** Needed from every visitor; left out: only this machine is answered, without one. */
  readonly access?: Access;
  /** How often the stores are looked at for news. */
  readonly everyMs?: number;
  /** Left out: there is no playground. */
  readonly play?: Pick<PlayOptions, "worker" | "isOn">;
}

/** The dashboard as a Hono application; `app.request(path)` answers without a socket. */
export function createApp(stores: Stores, files: WebFiles, options: AppOptions = {}): Hono {
  const { access = newAccess(null), everyMs, play } = options;
  const app = new Hono();
  const live = liveOf(() => stores.version().all, everyMs);
  app.use(headers);
  app.use(guarded(access));
  app.get("/api/session", (c) => {
    readQuery(c, sessionQuery);
    const { reader, states } = stores;
    return json(c, { writeKey: access.writeKey, stores: states(), metrics: reader.definitions() } satisfies Session);
  });
  app.get("/api", (c) => c.text(apiText()));
  app.get("/api/live", (c) => {
    readQuery(c, liveQuery);
    return live.connect(c);
  });
  addReadRoutes(app, stores, answersOf(stores.version));
  addWriteRoutes(app, stores, access, () => void live.look());
  const paths = () => stores.states().map(({ path }) => path);
  if (play) addPlayRoutes(app, access, { ...play, stores: paths });
  app.all("/api/*", (c) => json(c, { error: "dashboard: there is no such address. See the page at /." }, 404));
  addPage(app, files);
  app.onError(explain);
  return app;
}

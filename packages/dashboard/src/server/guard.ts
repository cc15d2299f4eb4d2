/**
 * @file Who is answered: this machine's own host names, or with a token anyone who knows it; and who may write.
 *
 * A foreign page can neither read (its own name pointed here is refused, as is a request without the token) nor write:
 * a write needs this server's own origin and the session's key, which only a page of this origin can have read.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
const cookieName = "sdtt_token";
/** Room for a name of 10 000 characters, percent-encoded. */
const maxUrl = 100_000;

export interface Access {
  /** Null: loopback only, every host name but this machine's own is refused. */
  readonly token: string | null;
  /** What a write must bring in `x-sdtt-key`; new with each start of the server. */
  readonly writeKey: string;
}

export function newAccess(token: string | null): Access {
  return { token, writeKey: randomBytes(24).toString("base64url") };
}

/** Equal in a time that says nothing about where they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

const refuse = (c: Context, status: 400 | 401 | 403 | 414, error: string) =>
  c.json({ error: `dashboard: ${error}` }, status, { "cache-control": "no-store" });

/** Sets the cookie for a token in the address and goes to the same address without it. */
function enter(c: Context, token: string): Response {
  const url = new URL(c.req.url);
  url.searchParams.delete("token");
  setCookie(c, cookieName, token, { httpOnly: true, sameSite: "Strict", path: "/" });
  return c.redirect(url.pathname + url.search, 303);
}

export function guarded({ token }: Access): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.url.length > maxUrl) return refuse(c, 414, `the address must be shorter than ${maxUrl} characters.`);
    if (token === null) {
      if (localHosts.has(new URL(c.req.url).hostname)) return next();
      return refuse(c, 403, "the host must be this machine. Open it as localhost.");
    }
    const inAddress = c.req.query("token");
    if (inAddress !== undefined && isSame(inAddress, token) && c.req.method === "GET") return enter(c, token);
    const bearer = c.req.header("authorization")?.replace(/^Bearer /, "");
    const given = bearer ?? getCookie(c, cookieName) ?? "";
    if (isSame(given, token)) return next();
    return refuse(c, 401, "a token is needed. Open the address that the terminal printed, with its ?token=.");
  };
}

/** For routes that write: the page's own origin, JSON, and the session's key. */
export function guardedWrite({ writeKey }: Access): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("origin");
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    const own = [`http://${host}`, `https://${host}`];
    if (origin === undefined || !own.includes(origin)) return refuse(c, 403, "a write must come from this page.");
    if (!isSame(c.req.header("x-sdtt-key") ?? "", writeKey)) {
      return refuse(c, 403, "a write needs the key of this session. Reload the page.");
    }
    if (!(c.req.header("content-type") ?? "").startsWith("application/json")) {
      return refuse(c, 400, "a write must be JSON.");
    }
    return next();
  };
}

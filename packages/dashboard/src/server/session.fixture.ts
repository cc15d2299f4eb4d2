/** @file Writing as the page does: from its own origin, with the session's key. */
import type { Hono } from "hono";

/** What may be left out of a request, or said otherwise, to see it refused. */
export type Headers = Readonly<Record<string, string | undefined>>;

export async function postTo(app: Hono, path: string, body: unknown, headers: Headers = {}, signal?: AbortSignal) {
  const session = (await (await app.request("http://localhost/api/session")).json()) as { writeKey: string };
  const own = { origin: "http://localhost", host: "localhost", "content-type": "application/json" };
  const all = Object.entries({ ...own, "x-sdtt-key": session.writeKey, ...headers });
  const given = Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method: "POST", headers: given, body: text, ...(signal && { signal }) };
  return app.request(new Request(`http://localhost${path}`, init));
}

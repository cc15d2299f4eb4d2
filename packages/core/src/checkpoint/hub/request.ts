/**
 * @file One request to the hub: repeated where the failure is the moment's, refused in the user's words where not.
 */
import { userError } from "../../base/errors.js";
import type { HubSettings } from "./settings.js";

/** No connection at all; whoever asked may still have the files. */
export class Unreachable extends Error {}

export const tries = 5;
const passing = new Set([408, 429, 500, 502, 503, 504]);
const offlineCodes = new Set([
  ...["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "ETIMEDOUT"],
  ...["UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED", "SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT"],
]);

/** The system's code behind a failed fetch, such as ENOTFOUND; its message where there is none. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const { code, errors } = (cause ?? {}) as { code?: string; errors?: { code?: string }[] };
  return code ?? errors?.[0]?.code ?? (cause as Error | undefined)?.message ?? message;
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds before the n-th repetition (from 0): what the server asks for, else doubling. */
function delayOf({ retryMs }: HubSettings, n: number, response?: Response): number {
  const asked = Number(response?.headers.get("Retry-After"));
  return asked > 0 ? Math.min(asked, 60) * 1000 : retryMs * 2 ** n;
}

/** An answer that is no success, in the user's words; `X-Error-Code` is how the hub says which. */
export function refusal(what: string, { endpoint, token }: HubSettings, response: Response): Error {
  const code = response.headers.get("X-Error-Code");
  const got = [response.status, code].filter(Boolean).join(" ");
  const withToken = "set HF_TOKEN or give --token-file";
  const unseen = token ? "a token that may see it" : `a token, if it is private: ${withToken}`;
  const refuse = (rule: string, remedy: string) => userError(`hub ${what}`, rule, got, remedy);
  switch (code) {
    case "GatedRepo":
      return refuse("the repository must be open to you", `Accept its terms at ${endpoint}, then ${withToken}.`);
    case "RepoNotFound":
      return refuse("the repository must exist", `Check its name, or use ${unseen}.`);
    case "RevisionNotFound":
      return refuse("the revision must exist", "Check what stands after the @.");
    case "EntryNotFound":
      return refuse("the file must exist in that revision", "Check repository and revision.");
  }
  if (response.status === 401 || response.status === 403) {
    return refuse("the hub must let you in", `Use ${token ? "another token" : `a token: ${withToken}`}.`);
  }
  if (passing.has(response.status)) return refuse(`the hub must answer (tried ${tries} times)`, "Try again later.");
  return refuse("the hub must answer with the thing asked for", `Check the address: ${endpoint}.`);
}

/**
 * Sends a request, up to `tries` times, following no redirect of its own accord.
 *
 * Holds    the token goes to the endpoint's own host and to no other
 * Throws   Unreachable where there is no connection; UserError where the hub refuses
 */
async function send(
  what: string,
  settings: HubSettings,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const isHub = new URL(url).origin === new URL(settings.endpoint).origin;
  const sent = new Headers(headers);
  if (isHub && settings.token) sent.set("Authorization", `Bearer ${settings.token}`);
  for (let n = 0; ; n++) {
    let response: Response | undefined;
    try {
      response = await fetch(url, { headers: sent, redirect: "manual" });
    } catch (error) {
      const reason = reasonOf(error);
      if (offlineCodes.has(reason) || n + 1 >= tries) throw new Unreachable(reason, { cause: error });
    }
    const isPassing = response === undefined || passing.has(response.status);
    if (response && (response.status < 400 || response.status === 416)) return response;
    if (response && (!isPassing || n + 1 >= tries)) {
      await response.body?.cancel();
      throw refusal(what, settings, response);
    }
    await response?.body?.cancel();
    await wait(delayOf(settings, n, response));
  }
}

/**
 * Sends a request and follows its redirects; `onHop` sees each answer of the hub on the way, the last one included.
 */
export async function follow(
  what: string,
  settings: HubSettings,
  url: string,
  headers: Readonly<Record<string, string>>,
  onHop?: (response: Response) => void,
): Promise<Response> {
  let at = url;
  for (let hops = 0; hops < 10; hops++) {
    const response = await send(what, settings, at, headers);
    onHop?.(response);
    const location = response.headers.get("Location");
    if (response.status < 300 || response.status >= 400 || !location) return response;
    await response.body?.cancel();
    at = new URL(location, at).href;
  }
  throw userError(
    `hub ${what}`,
    "redirects must come to an end",
    `10 of them, the last to ${new URL(at).host}`,
    "Try again later.",
  );
}

/** A `fetch` for the hub's own library: whole answers, repeated and refused as above. */
export function hubFetch(what: string, settings: HubSettings): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const { authorization: _, ...headers } = Object.fromEntries(new Headers(init?.headers));
    for (let n = 0; ; n++) {
      const response = await follow(what, settings, url, headers);
      try {
        const body = await response.arrayBuffer();
        return new Response(body, { status: response.status, headers: response.headers });
      } catch (error) {
        if (n + 1 < tries) {
          await wait(delayOf(settings, n));
          continue;
        }
        const got = `one that was cut (${reasonOf(error)}, ${tries} times)`;
        throw userError(`hub ${what}`, "the hub's answer must be whole", got, "Try again later.", error);
      }
    }
  };
}

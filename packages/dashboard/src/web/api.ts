/**
 * @file Questions to the server: reading as hooks that ask again when there is news, writing as functions.
 */
import { declareMetrics } from "@sdtt/core/statistics";
import { useEffect, useState } from "preact/hooks";
import { fromJson } from "../charts/data/wire.js";
import type { Address, AnswerTo, Asking } from "../protocol.js";
import type { Session } from "../server/app.js";
import { news, noteCursor } from "./live.js";
import { address } from "./place.js";

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(url, signal ? { signal } : {});
  noteCursor(response.headers.get("x-sdtt-cursor"));
  const answer = fromJson<T & { error?: string }>(await response.text());
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** Charts and tables go by what the stores say of metrics that the project does not have: no answer is shown before that is known. */
const metricsKnown: Promise<void> = get<Session>("/api/session")
  .then(({ metrics }) => declareMetrics(metrics))
  .catch(() => {});

export interface Answer<T> {
  /** The last answer, also while the next one is on its way. */
  readonly data: T | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
}

const unknown = { data: undefined, error: undefined, isLoading: true };
const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The answer of the protocol, asked again at every news; a query of null asks nothing. */
export function useAnswer<P extends Address>(path: P, query: Asking<P> | null): Answer<AnswerTo<P>> {
  return useUrl(query && address(path, query));
}

export const useSession = (): Answer<Session> => useUrl("/api/session");

function useUrl<T>(url: string | null): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { url?: string }>(unknown);
  const version = news.value;
  useEffect(() => {
    if (url === null) return;
    const abort = new AbortController();
    Promise.all([get<T>(url, abort.signal), metricsKnown]).then(
      ([data]) => setAnswer({ url, data, error: undefined, isLoading: false }),
      (error) => {
        if (!abort.signal.aborted) setAnswer({ url, data: undefined, error: textOf(error), isLoading: false });
      },
    );
    return () => abort.abort();
  }, [url, version]);
  if (url === null) return { ...unknown, isLoading: false };
  return answer.url === url ? answer : { ...answer, error: undefined, isLoading: true };
}

/** Throws Error with the server's explanation. */
export async function post(url: string, body: unknown): Promise<void> {
  const { writeKey } = await get<Session>("/api/session");
  const headers = { "content-type": "application/json", "x-sdtt-key": writeKey };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(((await response.json()) as { error?: string }).error ?? response.statusText);
}

const authorKey = "sdtt-author";

/** Who writes, as this browser remembers it. */
export function author(): string {
  try {
    return localStorage.getItem(authorKey) ?? "";
  } catch {
    return "";
  }
}

export function rememberAuthor(name: string): void {
  try {
    localStorage.setItem(authorKey, name);
  } catch {
    // Asked again next time.
  }
}

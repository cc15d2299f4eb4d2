/**
 * @file A message out when something ended: plain JSON, POSTed to the address in SDTT_WEBHOOK. Off without it.
 *
 * Such an address is a secret itself (who knows it may post): it is taken from the environment only, so that no command line and
 * no store has it, and no message on the terminal says more of it than its host. A message that cannot be sent stops nothing.
 */
import { setTimeout as wait } from "node:timers/promises";
import { redacted } from "./redact.js";

export const webhookVariable = "SDTT_WEBHOOK";

/** What is sent. `text` is what Slack, Mattermost and their like show. */
export interface Message {
  readonly text: string;
  readonly kind: "run" | "sweep" | "meeting";
  readonly experiment: string;
  /** As in `done`, `failed`. */
  readonly status: string;
  /** The run's id, or the week. */
  readonly id?: string;
}

export interface Delivery {
  readonly environment?: NodeJS.ProcessEnv;
  /** Before the second and further attempts. */
  readonly waitsMs?: readonly number[];
  readonly timeoutMs?: number;
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const usualWaitsMs = [1000, 5000];
const longestWaitMs = 30_000;

/** The address, or what is wrong with it in words that do not repeat it. */
function addressOf(text: string): URL | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return "must be an address such as https://host/path";
  if (url.username !== "" || url.password !== "") return "must have no user and no password before its host";
  if (url.protocol === "https:" || (url.protocol === "http:" && loopback.test(url.hostname))) return url;
  return "must begin with https://, or with http:// for this machine itself";
}

interface Outcome {
  readonly isSent: boolean;
  readonly why: string;
  /** Null: another attempt would end as this one did. */
  readonly againInMs: number | null;
}

const isPassing = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500;

async function attempt(url: URL, body: string, timeoutMs: number, nextMs: number): Promise<Outcome> {
  try {
    const headers = { "content-type": "application/json" };
    // Wherever a redirect leads was not asked for.
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    await answer.body?.cancel();
    const { status } = answer;
    const asked = 1000 * Number(answer.headers.get("retry-after") ?? Number.NaN);
    const againInMs = Number.isFinite(asked) ? Math.min(longestWaitMs, Math.max(0, asked)) : nextMs;
    return { isSent: answer.ok, why: `HTTP ${status}`, againInMs: isPassing(status) ? againInMs : null };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    const why = name === "TimeoutError" ? `no answer in ${timeoutMs / 1000} s` : (cause?.code ?? "no connection");
    return { isSent: false, why, againInMs: nextMs };
  }
}

/** Secrets out of every text of it. */
function clean(message: Message, environment: NodeJS.ProcessEnv): string {
  return JSON.stringify(message, (_, value) => (typeof value === "string" ? redacted(value, environment) : value));
}

/**
 * Sends a message, up to three times; says on standard error, once, where it could not be.
 *
 * Holds    never throws; without the variable nothing is done; the address is in no text that is printed
 */
export async function notify(message: Message, delivery: Delivery = {}): Promise<"sent" | "off" | "failed"> {
  const { environment = process.env, waitsMs = usualWaitsMs, timeoutMs = 5000 } = delivery;
  const given = environment[webhookVariable] ?? "";
  if (given === "") return "off";
  const url = addressOf(given);
  const complain = (why: string) => {
    process.stderr.write(`webhook: the message was not sent: ${why}\n`);
    return "failed" as const;
  };
  if (typeof url === "string") return complain(`${webhookVariable} ${url}`);
  const body = clean({ ...message, text: message.text.slice(0, 2000) }, environment);
  for (let tries = 1; ; tries++) {
    const { isSent, why, againInMs } = await attempt(url, body, timeoutMs, waitsMs[tries - 1] ?? 0);
    if (isSent) return "sent";
    if (againInMs === null || tries > waitsMs.length)
      return complain(`${why} from ${url.host}, ${tries} ${tries === 1 ? "attempt" : "attempts"}`);
    await wait(againInMs);
  }
}

/**
 * @file Limits that keep one visitor from keeping the server busy: a rate, and answers that are made once for all.
 */
import { createHash } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { Version } from "../read/stores/remembering.js";
import { cursorOf } from "./live.js";

/** At most `count` requests in any `ms`, over all visitors; others get 429 with the seconds to wait. */
export function rateLimit(count: number, ms: number, now: () => number = () => performance.now()): MiddlewareHandler {
  const times: number[] = [];
  return async (c, next) => {
    while (times.length > 0 && (times[0] as number) <= now() - ms) times.shift();
    if (times.length >= count) {
      const seconds = String(Math.max(1, Math.ceil(((times[0] as number) + ms - now()) / 1000)));
      return c.json({ error: `dashboard: too many writes. Try again in ${seconds} s.` }, 429, {
        "retry-after": seconds,
      });
    }
    times.push(now());
    return next();
  };
}

type Body = string | Uint8Array<ArrayBuffer>;

interface Made {
  readonly body: Body;
  readonly etag: string;
}

interface Answer {
  readonly version: string;
  /** A promise while it is made apart: who asks meanwhile waits for the same one. */
  readonly made: Made | Promise<Made>;
}

const maxAnswers = 64;
/** An answer may say how long ago something was, so that even one of an unchanged store is not kept for long. */
const keptMs = 60_000;

/** The stores' version that an answer is of: what the page compares with the cursor of the news. */
const cursorHeader = "x-sdtt-cursor";

/** @param of which changes of the stores the answer depends on */
export type Answers = (
  c: Context,
  type: string,
  make: () => Body | Promise<Body>,
  of?: keyof Version,
) => Response | Promise<Response>;

function madeOf(body: Body): Made {
  return { body, etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"` };
}

/**
 * Answers that hold as long as the stores do not change, a minute at most: fifty viewers of one page cost one
 * computation, and a viewer who has the answer already gets 304.
 */
export function answersOf(version: () => Version): Answers {
  const answers = new Map<string, Answer>();
  return (c, type, make, of = "all") => {
    const key = `${c.req.path}?${new URL(c.req.url).searchParams}`;
    const current = version();
    const dated = `${current[of]} ${Math.floor(Date.now() / keptMs)}`;
    let answer = answers.get(key);
    if (answer?.version !== dated) {
      const body = make();
      const made = body instanceof Promise ? body.then(madeOf) : madeOf(body);
      answer = { version: dated, made };
      answers.delete(key);
      answers.set(key, answer);
      if (answers.size > maxAnswers) answers.delete(answers.keys().next().value as string);
    }
    const respond = ({ body, etag }: Made): Response => {
      const headers = {
        "content-type": type,
        "cache-control": "no-cache",
        etag,
        [cursorHeader]: cursorOf(current.all),
      };
      return c.req.header("if-none-match") === etag ? c.body(null, 304, headers) : c.body(body, 200, headers);
    };
    const { made } = answer;
    if (!(made instanceof Promise)) return respond(made);
    return made.then(respond, (error) => {
      answers.delete(key);
      throw error;
    });
  };
}

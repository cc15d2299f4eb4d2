/**
 * @file Tells viewers that something changed, by server-sent events with a cursor; they then ask for what they show.
 *
 * One look at SQLite's change counter a second serves all viewers. The event's id is the stores' version, so that a
 * viewer who was away learns at once whether anything happened meanwhile.
 */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";

export interface Live {
  connect(c: Context): Response;
  /** Looks now; returns whether anything changed. */
  look(): boolean;
  readonly viewers: number;
}

const keepAliveMs = 15_000;
const maxViewers = 200;

type Tell = (event: { event: string; data: string; id?: string }) => void;

/** The stores are looked at only while somebody is there. */
export function liveOf(version: () => string, everyMs = 1000): Live {
  const viewers = new Set<Tell>();
  let known = version();
  const look = (): boolean => {
    const current = version();
    if (current === known) return false;
    known = current;
    for (const tell of viewers) tell({ event: "change", data: "{}", id: cursorOf(current) });
    return true;
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  const watch = () => {
    timer ??= setInterval(look, everyMs).unref();
  };
  const leave = (tell: Tell) => {
    viewers.delete(tell);
    if (viewers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    get viewers() {
      return viewers.size;
    },
    look,
    connect: (c) => {
      if (viewers.size >= maxViewers) return c.json({ error: "dashboard: too many viewers. Reload later." }, 503);
      return streamSSE(c, async (stream) => {
        const tell: Tell = (event) => void stream.writeSSE(event).catch(() => {});
        look();
        viewers.add(tell);
        watch();
        const seen = c.req.header("last-event-id") ?? c.req.query("cursor");
        const isBehind = seen !== undefined && seen !== "" && seen !== cursorOf(known);
        tell({ event: isBehind ? "change" : "hello", data: "{}", id: cursorOf(known) });
        // Holds no process that is asked to stop.
        const alive = setInterval(() => tell({ event: "alive", data: "{}" }), keepAliveMs).unref();
        await new Promise<void>((gone) => (stream.aborted ? gone() : stream.onAbort(gone)));
        clearInterval(alive);
        leave(tell);
      });
    },
  };
}

/** A version fits into a header line as it is: numbers, points and spaces become dashes. */
export const cursorOf = (version: string): string => version.replaceAll(" ", "-");

/**
 * @file The playground's door: which models there are, and a sample of one as lines of JSON while it is drawn.
 *
 * Only this machine's own page may ask, unless told otherwise; how long, how often and how many at once is limited. A model and a
 * sampler are chosen among names, so that no path and no file of code is taken from outside.
 */

import { UserError, userError } from "@sdtt/core/base";
import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { stream } from "hono/streaming";
import { z } from "zod";
import { type Access, guardedWrite } from "../guard.js";
import { rateLimit } from "../limits.js";
import { type PlayModel, playModels } from "./models.js";
import type { PlayLine, PlayWorker } from "./worker.js";

const playSamplers = [
  "ancestral",
  "spaced",
  "spaced+guided:0.5",
  "analytic",
  "first-hitting",
  "cached",
  "top-k",
  "threshold",
  "remdm-cap",
] as const;

export interface PlayChoices {
  /** Why it is off; null: it is on. */
  readonly off: string | null;
  readonly models: readonly PlayModel[];
  readonly samplers: readonly string[];
}

const playBody = z.strictObject({
  model: z.string().max(1000),
  text: z.string().max(2000).default(""),
  tokens: z.int().min(2).max(256).optional(),
  steps: z.int().min(1).max(256),
  sampler: z.enum(playSamplers).default("ancestral"),
  temperature: z.number().min(0.05).max(2).default(1),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(1),
});

const mostWaiting = 6;
const offText = "the playground is for the machine that serves the page. Serve with --playground to allow it.";

export interface PlayOptions {
  readonly worker: PlayWorker;
  /** Whether it is on. */
  readonly isOn: boolean;
  /** The stores' files. */
  readonly stores: () => readonly string[];
}

async function read(c: Context): Promise<z.output<typeof playBody>> {
  const given = await c.req.json().catch(() => {
    throw new UserError("dashboard: the body must be JSON. Reload the page and try again.");
  });
  const result = playBody.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`dashboard: ${issue?.path.join(".") || "the body"}: ${issue?.message}.`);
}

/** Lines until the last one, or until the reader has gone. */
function answer(c: Context, worker: PlayWorker, checkpoint: string, request: Omit<z.output<typeof playBody>, "model">) {
  c.header("content-type", "application/x-ndjson; charset=utf-8");
  c.header("cache-control", "no-store");
  return stream(c, async (out) => {
    await new Promise<void>((done) => {
      const hear = (line: PlayLine) => {
        void out.write(`${JSON.stringify(line)}\n`);
        if (line.event === "end" || line.event === "error") done();
      };
      const { stop } = worker.play({ checkpoint, ...request }, hear);
      out.onAbort(() => {
        stop();
        done();
      });
    });
  });
}

export function addPlayRoutes(app: Hono, access: Access, { worker, isOn, stores }: PlayOptions): void {
  app.get("/api/play", (c) => {
    if (isOn) worker.prepare();
    const models = isOn ? playModels(stores()).map(({ id, title }) => ({ id, title })) : [];
    return c.json({ off: isOn ? null : offText, models, samplers: playSamplers } satisfies PlayChoices);
  });
  const limited = bodyLimit({
    maxSize: 16_384,
    onError: (c) => c.json({ error: "dashboard: too much text to play with." }, 413),
  });
  app.post("/api/play", guardedWrite(access), rateLimit(60, 60_000), limited, async (c) => {
    if (!isOn) return c.json({ error: `dashboard: ${offText}` }, 403);
    const { model, ...request } = await read(c);
    const found = playModels(stores()).find(({ id }) => id === model);
    if (!found)
      throw userError("dashboard", "the model must be one of the playground's", model.slice(0, 60), "Reload the page.");
    if (worker.waiting >= mostWaiting) {
      return c.json({ error: "dashboard: too many samples are waiting. Try again in a while." }, 429, {
        "retry-after": "10",
      });
    }
    return answer(c, worker, found.path, request);
  });
}

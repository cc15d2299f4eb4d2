/**
 * @file The only routes that change a store: notes with a verdict, frozen meetings, tags of runs, and votes of blind tests.
 */
import { notify, UserError } from "@sdtt/core/base";
import { noteOf } from "@sdtt/core/store";
import { commitOf } from "@sdtt/core/workspace";
import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { chosenBy, sideOfA, voteKind } from "../read/blind.js";
import type { Stores } from "../read/stores/stores.js";
import { verdicts } from "../read/verdicts.js";
import { contentOf } from "../read/weeks/frozen.js";
import { meetingOf } from "../read/weeks/meeting.js";
import { mondayOf } from "../read/weeks/week.js";
import { type Access, guardedWrite } from "./guard.js";
import { rateLimit } from "./limits.js";

const maxBody = 64 * 1024;

const name = z.string().min(1).max(10_000);
const author = z.string().trim().min(1, "must say who writes").max(100);
const aWeek = z.string().refine((week) => mondayOf(week) !== undefined, "must be a week such as 2026-W47");
const noteBody = z.strictObject({
  experiment: name,
  author,
  text: z.string().max(20_000),
  week: aWeek.nullish(),
  verdict: z.enum(verdicts).nullish(),
  /** Id of the note that this is to be said instead of. */
  edits: z.string().min(1).max(100).optional(),
});
const freezeBody = noteBody.pick({ experiment: true, author: true }).extend({ week: aWeek });
const tagBody = z.strictObject({
  runId: name,
  tag: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,49}$/u, "must be up to 50 letters, digits, and . _ / -"),
  isSet: z.boolean(),
  author,
});

const voteBody = z.strictObject({
  a: name,
  b: name,
  index: z.int().min(0).max(10_000),
  author,
  choice: z.enum(["left", "right", "tie"]),
});

async function read<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const given = await c.req.json().catch(() => {
    throw new UserError("dashboard: the body must be JSON. Reload the page and try again.");
  });
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`dashboard: ${issue?.path.join(".") || "the body"}: ${issue?.message}.`);
}

function saveNote(stores: Stores, note: z.output<typeof noteBody>): void {
  if (note.text.trim() === "" && !note.verdict) throw new UserError("dashboard: a note needs a text or a verdict.");
  const isKnown = stores.reader.experiments().some((experiment) => experiment.name === note.experiment);
  if (!isKnown) throw new UserError("dashboard: the experiment must be in the store. Reload the page.");
  const { edits } = note;
  const isOf = ({ id }: { readonly id: string }) => edits !== undefined && noteOf(id) === noteOf(edits);
  const first = stores.reader.notes(note.experiment).find(isOf);
  if (edits !== undefined && !first)
    throw new UserError("dashboard: a note that is changed must be one of the experiment's. Reload the page.");
  stores.write(
    (store) =>
      first
        ? store.notes(note.experiment).some(isOf)
        : store.experiments().some((experiment) => experiment.name === note.experiment),
    // A note stays in the week that it was written for.
    (store) => store.addNote(first ? { ...note, week: first.week } : note),
  );
}

function saveTag(stores: Stores, tag: z.output<typeof tagBody>): void {
  if (stores.reader.run(tag.runId) === undefined) {
    throw new UserError("dashboard: the run must be in the store. Reload the page.");
  }
  stores.write(
    (store) => store.run(tag.runId) !== undefined,
    (store) => store.saveTag(tag),
  );
}

/** Keeps what the page shows of a week now, as it is. */
function freeze(
  { reader, sweeps, write }: Stores,
  { experiment, week, author: by }: z.output<typeof freezeBody>,
): string {
  const seen = meetingOf(reader, sweeps, experiment, week);
  const at = new Date().toISOString();
  const content = contentOf(reader, seen, by, at);
  const { commit: hashOfCode, dirty } = commitOf();
  const commit = dirty ? `${hashOfCode} (dirty)` : hashOfCode;
  let hash = "";
  write(
    (store) => store.experiments().some(({ name: known }) => known === experiment),
    (store) => {
      hash = store.addMeeting({ experiment, week, at, author: by, commit }, content);
    },
  );
  const head = seen.answer?.head ?? "No student has been held against its teacher yet.";
  const text = `Meeting ${week} of ${experiment}, frozen by ${by}: ${head}`;
  // Who froze it does not wait for the message.
  void notify({ text, kind: "meeting", experiment, status: "frozen", id: week });
  return hash;
}

/** A vote is kept as for whom it was, which only the sides of that person and pair tell. */
function saveVote(stores: Stores, { a, b, index, author: by, choice }: z.output<typeof voteBody>): void {
  const [own, other] = [stores.reader.evaluation(a), stores.reader.evaluation(b)];
  const isPair = own && other && [a, b].every((key) => stores.reader.samples(key).length > index);
  if (!isPair) throw new UserError("dashboard: a vote must be on two samples that were kept. Reload the page.");
  const chosen = chosenBy(choice, sideOfA(a, b, index, by));
  const message = `${by}: blind test, pair ${index}`;
  stores.write(
    (store) => store.run(own.runId) !== undefined,
    (store) => store.addEvent({ runId: own.runId, kind: voteKind, message, data: { a, b, index, author: by, chosen } }),
  );
}

export function addWriteRoutes(app: Hono, stores: Stores, access: Access, afterwards: () => void): void {
  const limited = bodyLimit({
    maxSize: maxBody,
    onError: (c) => c.json({ error: `dashboard: a note must be smaller than ${maxBody} bytes.` }, 413),
  });
  const chain = [guardedWrite(access), rateLimit(60, 60_000), limited] as const;
  app.post("/api/notes", ...chain, async (c) => {
    saveNote(stores, await read(c, noteBody));
    afterwards();
    return c.json({ saved: true }, 201);
  });
  app.post("/api/votes", ...chain, async (c) => {
    saveVote(stores, await read(c, voteBody));
    afterwards();
    return c.json({ saved: true }, 201);
  });
  app.post("/api/meetings", ...chain, async (c) => {
    const hash = freeze(stores, await read(c, freezeBody));
    afterwards();
    return c.json({ saved: true, hash }, 201);
  });
  app.post("/api/tags", ...chain, async (c) => {
    saveTag(stores, await read(c, tagBody));
    afterwards();
    return c.json({ saved: true }, 201);
  });
}

/** @file The query of a request by its schema; what that refuses is told as a user's error, with what was given. */
import { userError } from "@sdtt/core/base";
import type { Context } from "hono";
import type { z } from "zod";

/** A part that stands once as text, one that stands several times as texts. */
function given(c: Context): Record<string, string | string[]> {
  const all = Object.entries(c.req.queries());
  return Object.fromEntries(all.map(([key, values]) => [key, values.length === 1 ? (values[0] as string) : values]));
}

export function readQuery<Q extends z.ZodType>(c: Context, schema: Q): z.output<Q> {
  const parts = given(c);
  const result = schema.safeParse(parts);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const keys = issue?.code === "unrecognized_keys" ? issue.keys : undefined;
  const where = keys === undefined ? `the address's ${issue?.path.join(".")}` : "the address";
  const rule =
    keys === undefined ? (issue?.message ?? "must be allowed") : "must have no other parts than the view knows";
  const got = keys === undefined ? JSON.stringify(parts[String(issue?.path[0])] ?? "nothing") : keys.join(", ");
  throw userError("dashboard", `${where}: ${rule}`, got, "Take that part out of the address.");
}

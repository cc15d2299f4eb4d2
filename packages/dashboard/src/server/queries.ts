/**
 * @file What an address may ask, by route: a parameter that no route knows, or a value that it cannot have, is refused
 * with what is known, and never ignored.
 */
import { userError } from "@sdtt/core/base";
import type { Context } from "hono";
import { z } from "zod";

const count = z.coerce.number().int().min(0);
const list = z.string().transform((text) => text.split(",").filter((part) => part !== ""));
const theme = z.enum(["light", "dark"]).default("light");

const curve = {
  experiment: z.string().optional(),
  measure: z.string().optional(),
  temperatures: z.enum(["1", "all"]).default("1"),
  x: z.enum(["steps", "nfe", "time", "round"]).optional(),
  by: list.optional(),
  rounds: list
    .transform((parts) => parts.map(Number))
    .pipe(z.array(z.number().int().min(0)))
    .optional(),
};
const steps = count.optional();
const quantity = z.enum(["loss", "validationLoss", "learningRate", "gradNorm"]).default("loss");

export const queries = {
  none: z.strictObject({}),
  live: z.strictObject({ cursor: z.string().optional() }),
  home: z.strictObject({ since: z.union([z.iso.date(), z.iso.datetime()]).optional() }),
  curve: z.strictObject(curve),
  curveFile: z.strictObject({ ...curve, steps, theme }),
  trainFile: z.strictObject({ quantity, theme }),
  train: z.strictObject({}),
  samples: z.strictObject({ key: z.string(), limit: count.max(50).default(10) }),
  runs: z.strictObject({
    filter: z.string().optional(),
    sort: z.string().optional(),
    columns: list.optional(),
    offset: count.optional(),
    limit: count.min(1).max(500).optional(),
    archived: z.enum(["yes", "no"]).default("no"),
  }),
  run: z.strictObject({ id: z.string() }),
  sweep: z.strictObject({ experiment: z.string().optional(), steps }),
  sweepFile: z.strictObject({ experiment: z.string().optional(), steps, theme }),
  notes: z.strictObject({ experiment: z.string().optional() }),
  report: z.strictObject({ experiment: z.string().optional(), theme }),
};

/** The query of a request by its schema; `run` may stand several times and is left to `runsOf`. */
export function readQuery<T>(c: Context, schema: z.ZodType<T>, several: readonly string[] = []): T {
  const given = Object.fromEntries(Object.entries(c.req.query()).filter(([key]) => !several.includes(key)));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const keys = issue?.code === "unrecognized_keys" ? issue.keys : undefined;
  const where = keys === undefined ? `the address's ${issue?.path.join(".")}` : "the address";
  const rule =
    keys === undefined ? (issue?.message ?? "must be allowed") : "must have no other parts than the view knows";
  const got = keys === undefined ? JSON.stringify(given[String(issue?.path[0])] ?? "nothing") : keys.join(", ");
  throw userError("dashboard", `${where}: ${rule}`, got, "Take that part out of the address.");
}

/** The runs that an address names: `run=a&run=b`. */
export const runsOf = (c: Context): string[] => [...new Set(c.req.queries("run") ?? [])];

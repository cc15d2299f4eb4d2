/**
 * @file config.json of a published folder: read, checked, and refused by key and value.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "../../base/errors.js";

export const size = z.int().positive();

/** Reads a folder's config.json; `where` begins the error. */
export function readConfig(where: string, folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const remedy = "Give a folder with config.json and model.safetensors, as published.";
    throw userError(where, "config.json must be readable JSON", `${code ?? message} (${folder})`, remedy, error);
  }
}

/** What the schema makes of a config. Throws   UserError naming the first key that does not fit, and its value */
export function parseConfig<S extends z.ZodType>(where: string, schema: S, config: unknown): z.output<S> {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const { path = [], message = "" } = parsed.error.issues[0] ?? {};
  const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null)?.[key], config);
  const rule = `${path.join(".")} in config.json must be this architecture's (${message})`;
  throw userError(where, rule, JSON.stringify(value), "Take a model of this architecture.");
}

/** A member of a JSON value that may be anything. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

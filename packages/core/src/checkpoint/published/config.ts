/**
 * @file config.json of a published folder: read, checked, and refused by key and value.
 */
import { join } from "node:path";
import { z } from "zod";
import { userError } from "../../base/errors.js";
import { readJson } from "../../files/json.js";

export const size = z.int().positive();

/** Reads a folder's config.json; `where` begins the error. */
export function readConfig(where: string, folder: string): unknown {
  const remedy = "Give a folder with config.json and model.safetensors, as published.";
  return readJson({ where, what: "config.json", path: join(folder, "config.json"), remedy });
}

/** What the schema makes of a config. Throws   UserError naming the first key that does not fit, and its value */
export function parseConfig<S extends z.ZodType>(where: string, schema: S, config: unknown): z.output<S> {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const { path = [], message = "" } = parsed.error.issues[0] ?? {};
  const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null)?.[key], config);
  const rule = `${path.length > 0 ? `${path.join(".")} in ` : ""}config.json must be this architecture's (${message})`;
  throw userError(where, rule, JSON.stringify(value), "Take a model of this architecture.");
}

/** A member of a JSON value that may be anything. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** Whether a config without model_type, as old ones are, names an architecture that begins like this. */
export function isNamed(config: unknown, architecture: string): boolean {
  const names = memberOf(config, "architectures");
  const isOld = memberOf(config, "model_type") === undefined && Array.isArray(names);
  return isOld && names.some((name) => String(name).startsWith(architecture));
}

/** The first size of a tensor, for what a config leaves to the tensors. Throws   UserError when it is not there */
export function rowsOf(name: string, where: string, shapeOf: (name: string) => readonly number[] | undefined): number {
  const [rows] = shapeOf(name) ?? [];
  if (rows) return rows;
  throw userError(where, `there must be a tensor ${name}`, "none", "Check the source.");
}

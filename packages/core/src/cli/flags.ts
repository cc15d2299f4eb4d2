/**
 * @file From a zod object to command-line flags, and from a flag's text to a value.
 *
 * Text is turned into the kind of value that the schema expects and no further: whether the value is allowed is the
 * schema's business. What cannot be turned (`--rounds=many`) stays text, so that the schema refuses it by name.
 */
import { existsSync } from "node:fs";
import { z } from "zod";

export type FlagKind = "boolean" | "number" | "string" | "list" | "json";

export interface Flag {
  /** The option's key in the schema, camelCase. */
  readonly key: string;
  /** The same in kebab-case, without dashes in front. */
  readonly flag: string;
  readonly kind: FlagKind;
  /** Given several times it is a list of them all; a comma then is part of a value. */
  readonly repeats: boolean;
  readonly schema: z.core.$ZodType;
  readonly description: string;
}

export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The flags of a schema, in its order. */
export function flagsOf(options: z.ZodObject): Flag[] {
  return Object.entries(options.shape).map(([key, schema]) => ({
    key,
    flag: kebabCase(key),
    kind: kindOf(schema),
    repeats: isRepeated(schema),
    schema,
    description: descriptionOf(schema),
  }));
}

/** A list whose flag is given once for each value, as in `--store=a --store=b`: for values that may hold a comma. */
export function repeated<T extends z.ZodType>(element: T, { min = 0 } = {}): z.ZodArray<T> {
  return z.array(element).min(min).meta({ repeats: true });
}

/**
 * Paths, a flag each. One flag of several by commas is taken apart where there is no file of that whole name, and one of each
 * part: a path may hold a comma.
 */
export function repeatedPaths({ min = 0 } = {}) {
  return repeated(z.string(), { min }).transform((given) => given.flatMap(apart));
}

function apart(path: string): string[] {
  const parts = path.split(",").map((part) => part.trim());
  return !existsSync(path) && parts.every((part) => part !== "" && existsSync(part)) ? parts : [path];
}

const isRepeated = (schema: z.core.$ZodType): boolean => z.globalRegistry.get(unwrap(schema))?.repeats === true;

/** Turns a flag's text into a value for the schema; text that does not fit is returned as it is. */
export function readValue({ schema, repeats }: Flag, text: string): unknown {
  const { def } = unwrap(schema)._zod;
  return repeats && def.type === "array" ? coerce(def.element, text) : coerce(schema, text);
}

/** The schema beneath defaults, optionality and transforms. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodTypes {
  const known = schema as z.core.$ZodTypes;
  switch (known._zod.def.type) {
    case "default":
    case "prefault":
    case "optional":
    case "nonoptional":
    case "nullable":
    case "readonly":
    case "catch":
      return unwrap(known._zod.def.innerType);
    case "pipe":
      return unwrap(isTransform(known._zod.def.in) ? known._zod.def.out : known._zod.def.in);
    default:
      return known;
  }
}

function isTransform(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === "transform";
}

function kindOf(schema: z.core.$ZodType): FlagKind {
  const { def } = unwrap(schema)._zod;
  switch (def.type) {
    case "boolean":
    case "number":
      return def.type;
    case "array":
    case "tuple":
      return "list";
    case "object":
    case "record":
      return "json";
    case "union":
      return def.options.some((option) => kindOf(option) === "list") ? "list" : "string";
    default:
      return "string";
  }
}

function coerce(schema: z.core.$ZodType, text: string): unknown {
  const { def } = unwrap(schema)._zod;
  switch (def.type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "number":
      return numberOr(text);
    case "literal":
      return def.values.find((value) => String(value) === text) ?? text;
    case "array":
      return text === "" ? [] : text.split(",").map((item) => coerce(def.element, item.trim()));
    case "tuple":
      return text.split(",").map((item, i) => (def.items[i] ? coerce(def.items[i], item.trim()) : item));
    case "union": {
      const tried = def.options.map((option) => coerce(option, text));
      return tried.find((value, i) => value !== text && accepts(def.options[i], value)) ?? text;
    }
    case "object":
    case "record":
      return jsonOr(text);
    default:
      return text;
  }
}

function accepts(schema: z.core.$ZodType | undefined, value: unknown): boolean {
  return schema !== undefined && (schema as z.ZodType).safeParse(value).success;
}

function numberOr(text: string): number | string {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function descriptionOf(schema: z.core.$ZodType): string {
  const own = (schema as z.ZodType).description;
  if (own) return own;
  const def = (schema as z.core.$ZodTypes)._zod.def;
  return "innerType" in def ? descriptionOf(def.innerType) : "";
}

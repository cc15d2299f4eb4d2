/**
 * @file What a user writes himself, in one file, wherever an option takes a name: a divergence, a sampler, a metric.
 *
 * The value is the file's default export. Of options that decide what is computed, the text carries the file's hash from when it
 * is read on (`/home/me/mine.ts#1a2b3c4d5e6f`), so that configs, resumed runs and cells of a sweep know one content from
 * another. What the file imports in turn is not looked at.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { userError } from "../base/errors.js";

const form = /^(?<path>.+\.[cm]?[jt]s)(?:#(?<hash>[0-9a-f]{12}))?$/;

interface OwnFile {
  readonly path: string;
  readonly hash: string | undefined;
}

/** The file that an option's text names; nothing where it is a name. */
export function ownFileOf(text: string): OwnFile | undefined {
  const { path, hash } = form.exec(text)?.groups ?? {};
  return path === undefined ? undefined : { path, hash };
}

const hashOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 12);

/**
 * The text with the file's whole path and hash.
 *
 * Throws   UserError where there is no such file, or the text has the hash of another content
 */
export function pinned(what: string, text: string): string {
  const file = ownFileOf(text);
  if (!file) return text;
  const path = resolve(file.path);
  let hash: string;
  try {
    hash = hashOf(path);
  } catch (cause) {
    throw userError(what, "the file must be one that can be read", file.path, "Check the path.", cause);
  }
  if (file.hash === undefined || file.hash === hash) return `${path}#${hash}`;
  const rule = `${basename(path)} must be as it was (${file.hash})`;
  throw userError(what, rule, hash, "Bring that file back, or begin another run.");
}

/** An option that is one of some names, or a file of one's own. */
export function nameOrOwnFile(what: string, names: readonly string[]) {
  return z
    .string()
    .meta({ names })
    .transform((text, context) => {
      if (names.includes(text)) return text;
      if (ownFileOf(text)) return pinned(what, text);
      context.addIssue(`must be one of ${names.join(", ")}, or a file of your own (.ts, .js)`);
      return z.NEVER;
    });
}

/** Two texts of options mean the same: the same name, or files of the same content. */
export function isSameOwn(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string") return false;
  const [first, second] = [ownFileOf(a)?.hash, ownFileOf(b)?.hash];
  return a === b || (first !== undefined && first === second);
}

/** As it is printed: `mine.ts#1a2b3c4d5e6f`. */
export function ownText(text: string): string {
  const file = ownFileOf(text);
  return file?.hash === undefined ? text : `${basename(file.path)}#${file.hash}`;
}

/** Node reads TypeScript itself from 22.18 on; before, types are taken out here. */
async function imported(path: string): Promise<{ readonly default?: unknown }> {
  const url = pathToFileURL(resolve(path)).href;
  if (isReadable(path)) return import(/* @vite-ignore */ url);
  const { createJiti } = await import("jiti");
  return createJiti(url, jitiOptions).import(resolve(path));
}

const isReadable = (path: string): boolean =>
  !/\.[cm]?ts$/.test(path) || Boolean((process.features as { typescript?: unknown }).typescript);
const jitiOptions = { fsCache: false, interopDefault: false } as const;

/** As `imported`, at once: of a file that awaits nothing at its top. */
function required(path: string): { readonly default?: unknown } {
  const require = createRequire(import.meta.url);
  if (isReadable(path)) return require(resolve(path));
  const { createJiti } = require("jiti") as typeof import("jiti");
  return createJiti(pathToFileURL(resolve(path)).href, jitiOptions)(resolve(path)) as { readonly default?: unknown };
}

interface Loading {
  /** As errors call it. */
  readonly what: string;
  readonly text: string;
  readonly schema: z.ZodType;
  readonly remedy: string;
}

const pathOf = (text: string): string => ownFileOf(text)?.path ?? text;

function notLoaded({ what, text, remedy }: Loading, error: unknown): never {
  const got = (error as Error).message.split("\n")[0];
  throw userError(`${what} ${pathOf(text)}`, "the module must load", got, remedy, error);
}

function checked<T>({ what, text, schema, remedy }: Loading, found: unknown): T {
  const parsed = schema.safeParse(found);
  if (parsed.success) return found as T;
  const { path: at, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  const got = `${at.join(".") || "default"}: ${message}`;
  throw userError(
    `${what} ${pathOf(text)}`,
    `the module must give ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}`,
    got,
    remedy,
  );
}

/**
 * What a file gives.
 *
 * Throws   UserError when it does not load, or its default export is not of the schema
 */
export async function exportOf<T>(what: string, text: string, schema: z.ZodType, remedy: string): Promise<T> {
  const loading = { what, text, schema, remedy };
  const found = await imported(pathOf(text)).catch((error) => notLoaded(loading, error));
  return checked(loading, found.default);
}

/** `exportOf` for what a checkpoint is opened with, which waits for nothing. */
export function exportNow<T>(what: string, text: string, schema: z.ZodType, remedy: string): T {
  const loading = { what, text, schema, remedy };
  let found: { readonly default?: unknown };
  try {
    found = required(pathOf(text));
  } catch (error) {
    return notLoaded(loading, error);
  }
  return checked(loading, found.default);
}

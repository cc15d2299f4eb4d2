/**
 * @file Which text a checkpoint says it learned, and where of that text something is there still.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface LearnedText {
  /** "embedded", or the full path of a file or folder. */
  readonly source: string;
  /** Folder of the prepared text, where it was recorded. */
  readonly data?: string | undefined;
}

/** The text of a checkpoint's state; undefined of one that came from outside. */
export function learnedText({ text, stage, config }: Readonly<Record<string, unknown>>): LearnedText | undefined {
  if (text !== undefined) return text as LearnedText;
  const { source, data } = (config ?? {}) as { readonly source?: unknown; readonly data?: unknown };
  if (stage === "import" || typeof source !== "string") return undefined;
  return { source, data: typeof data === "string" ? data : undefined };
}

/** Whether it is one of the texts that come with the project. */
export const isEmbeddedText = (source: string): boolean => /^embedded(:|$)/.test(source);
export const isSourceThere = (source: string): boolean => isEmbeddedText(source) || existsSync(source);
export const isPrepared = (folder: string): boolean => existsSync(join(folder, "manifest.json"));

/** What to read of a text: the embedded one, its prepared shards, else its source; undefined where nothing is left here. */
export function readableText({ source, data }: LearnedText): string | undefined {
  if (isEmbeddedText(source)) return source;
  if (data && isPrepared(data)) return data;
  return isSourceThere(source) ? source : undefined;
}

/**
 * @file What a folder of shards was made of, and whether that is what is asked for.
 *
 * `prepare`, `pretrain` and `round` ask alike: source by its content, tokenizer by what it does, options one by one.
 */
import { userError } from "../../base/errors.js";
import { edgesFingerprintOf, fingerprintOf, type OnHashed, rememberedHashes } from "../source/fingerprint.js";
import type { Format } from "../source/kinds.js";
import { type Listing, listSource } from "../source/listing.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { type CorpusOptions, plainCorpus } from "./encodePiece.js";
import { type Order, readManifest } from "./unfinished.js";

/** All that changes documents, besides files; what is as always is left out, as it was before it was an option. */
export function corpusOptions(options: Partial<CorpusOptions>): CorpusOptions {
  const { column, field, documents, detokenizer, format = "auto", limit } = { ...plainCorpus, ...options };
  const told = { ...(limit !== undefined && { limit }), ...(format !== "auto" && { format }) };
  return { column, field, documents, detokenizer, ...told };
}

/** What a source is known by, with what these folders remember of its files. */
export function fingerprintIn(folders: readonly string[], listing: Listing, on?: OnHashed) {
  const { hash, files } = fingerprintOf(listing, rememberedHashes(folders), on);
  return { files, order: { fingerprint: hash, fingerprintVersion: 2 } as const };
}

/**
 * By what a source is known again, hexadecimal; what these folders remember of its files is not read again.
 *
 * Throws   UserError when the source is not there
 */
export function sourceFingerprint(source: string, folders: readonly string[] = [], format?: Format): string {
  return fingerprintOf(listSource(source, format), rememberedHashes(folders)).hash;
}

/** Whether a finished folder was made from a source as it is now, however that was read. */
export function holdsSource(out: string, source: string): boolean {
  const manifest = readManifest(out);
  if (!manifest) return false;
  const listing = listSource(source, manifest.options?.format as Format | undefined);
  return isSameSource(manifest, { source, ...fingerprintIn([out], listing).order }, listing);
}

/** Whether a folder is finished and holds just this, prepared by this tokenizer where one is given. */
export function isPreparedFrom(
  out: string,
  { source, tokenizer, ...rest }: Partial<CorpusOptions> & { readonly source: string; readonly tokenizer?: Tokenizer },
): boolean {
  const manifest = readManifest(out);
  if (!manifest) return false;
  const corpus = corpusOptions(rest);
  const listing = listSource(source, corpus.format);
  const order = { source, ...fingerprintIn([out], listing).order, tokenizerHash: "", options: { ...corpus } };
  return (
    (tokenizer?.isKnownAs(manifest.tokenizerHash) ?? true) &&
    changedOptions(manifest, order).length === 0 &&
    isSameSource(manifest, order, listing)
  );
}

function changedOptions(held: Partial<Order>, asked: Order): string[] {
  return Object.entries({ ...asked.options, ...held.options }).flatMap(([name]) => {
    const [before, now] = [held.options?.[name], asked.options[name]];
    return !held.options || before === now ? [] : [`${name} ${before ?? "none"} → ${now ?? "none"}`];
  });
}

function isSameSource(held: Partial<Order>, asked: Pick<Order, "source" | "fingerprint">, listing: Listing): boolean {
  if (held.fingerprintVersion === 2) return held.fingerprint === asked.fingerprint;
  return held.fingerprint === undefined
    ? held.source === asked.source
    : held.fingerprint === edgesFingerprintOf(listing);
}

/** Refuses a folder that holds, in part or in full, something else than what is asked for. */
export function refuseOther(
  { out, tokenizer, listing }: { readonly out: string; readonly tokenizer: Tokenizer; readonly listing: Listing },
  held: Partial<Order>,
  asked: Order,
): void {
  const refuse = (rule: string, got: unknown) => {
    throw userError(`prepare ${out}`, rule, got, "Give another --out, or remove this folder.");
  };
  if (!tokenizer.isKnownAs(held.tokenizerHash ?? "")) {
    const got = `${held.tokenizerHash?.slice(0, 12)} → ${asked.tokenizerHash.slice(0, 12)}`;
    refuse("the tokenizer must be the one it was begun with", got);
  }
  const changed = changedOptions(held, asked);
  if (changed.length > 0) refuse("the options must be those it was begun with", changed.join(", "));
  if (isSameSource(held, asked, listing)) return;
  const others =
    held.source === asked.source ? "other files, or other bytes in them" : `${held.source} → ${asked.source}`;
  refuse("the source must be as it was when it was begun", others);
}

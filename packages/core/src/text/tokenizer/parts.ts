/** @file What a `tokenizer.json` is made of: as it is written, and as it is taken. */

/** A normalizer or a pre-tokenizer: its type, and whatever that needs. */
export interface Step {
  readonly type: string;
  readonly [option: string]: unknown;
}

export interface RawAddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly special?: boolean;
}

export interface RawTokenizer {
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly added_tokens?: readonly RawAddedToken[] | null;
  readonly model?: {
    readonly type?: string;
    readonly vocab?: Readonly<Record<string, number>>;
    readonly merges?: readonly (string | readonly [string, string])[];
    readonly byte_fallback?: boolean;
    readonly ignore_merges?: boolean;
    readonly dropout?: number | null;
    readonly continuing_subword_prefix?: string | null;
    readonly end_of_word_suffix?: string | null;
  };
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Found only where no letter, digit or the like stands beside it. */
  readonly singleWord: boolean;
  readonly stripsLeft: boolean;
  readonly stripsRight: boolean;
  /** Looked for in the normalised text, in its own normalised form. */
  readonly normalized: boolean;
}

export type Refuse = (rule: string, got: unknown) => Error;

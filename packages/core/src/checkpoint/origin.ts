/**
 * @file The state of a checkpoint that came from outside: what it is, and where from.
 *
 * It has the fields of a trained one, so that rounds and evaluations take it as they take their own; what it cannot
 * know (updates, text, seed) is empty. `lineage` is empty too: its ancestors were never weights of ours.
 */
import type { ModelConfig } from "../model/presets.js";
import { firstBatch } from "../text/batches/batches.js";
import { commitOf } from "../workspace/commit.js";
import { configHash } from "../workspace/provenance.js";

export interface Origin {
  readonly format: string;
  /** As it was asked for: a folder, or hf:owner/name. */
  readonly source: string;
  readonly revision?: string;
  /** What the revision was at. */
  readonly commit?: string;
  readonly variant?: string;
  /** SHA-256 of each file that was read. */
  readonly files: Readonly<Record<string, string>>;
  /** Published names of tensors that were left out, with why. */
  readonly dropped: Readonly<Record<string, string>>;
}

export function importedState(
  facts: { readonly name: string; readonly round: number; readonly model: ModelConfig; readonly tokenizerHash: string },
  origin: Origin,
): Record<string, unknown> {
  const { name, round, model, tokenizerHash } = facts;
  const config = { name, source: origin.source };
  return {
    ...{ stage: "import", run: name, round, update: 0, optimizerUpdate: 0, updates: 0, cursor: firstBatch, seed: 0 },
    ...{ model, tokenizerHash, corpusHash: "", dt: 0, lineage: [], config, configHash: configHash(config) },
    ...{ commit: commitOf().commit, engine: "", origin },
  };
}

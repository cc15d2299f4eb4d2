/**
 * @file Which published tensor becomes which of ours: all of them, or an error that names the first that does not.
 *
 * Decided on headers alone, before a byte of data is read.
 */
import { userError } from "../../base/errors.js";
import { type Spec, sameShape, sizeOf } from "../../base/tensor.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { specsOf } from "../../nn/params.js";
import type { PublishedFormat, Redundant } from "./format.js";
import type { StoredTensor } from "./stored.js";

export interface Mapped {
  readonly ours: string;
  readonly tensor: StoredTensor;
}

export interface Mapping {
  readonly kept: readonly Mapped[];
  readonly dropped: readonly (Mapped & { readonly redundant: Redundant })[];
}

const remedy = "Check that config.json and weights belong together.";
const floats = new Set(["F32", "F16", "BF16"]);

function byOurName(where: string, format: PublishedFormat, stored: readonly StoredTensor[]): Map<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  for (const tensor of stored) {
    const ours = format.ourName(tensor.name);
    const other = named.get(ours);
    if (other) throw userError(where, `one tensor must be ${ours}`, `${other.name} and ${tensor.name}`, remedy);
    named.set(ours, tensor);
  }
  return named;
}

function checkTensor(where: string, { name, shape, stored }: StoredTensor, spec: Spec): void {
  const expected = `F32, F16 or BF16 [${spec.shape}]`;
  if (floats.has(stored) && sameShape(shape, spec.shape)) return;
  throw userError(where, `tensor ${name} must be ${expected}, by config.json`, `${stored} [${shape}]`, remedy);
}

/** What stands before the names of ours in this file. */
function prefixOf(named: ReadonlyMap<string, StoredTensor>, specs: Readonly<Record<string, Spec>>): string {
  const known = [...named].find(([ours]) => ours in specs);
  return known ? known[1].name.slice(0, known[1].name.length - known[0].length) : "";
}

/**
 * A tensor that shares its memory with another is written once: under a tied name of the format, or under one that the
 * file's metadata give for it, as safetensors' save_model does (`{"removed name": "kept name"}`).
 */
function sharedTensor(
  ours: string,
  named: ReadonlyMap<string, StoredTensor>,
  written: Written,
  format: PublishedFormat,
) {
  const tied = named.get(format.tied(ours, written.config) ?? "");
  if (tied) return tied;
  const keeper = Object.entries(written.metadata).find(([removed]) => format.ourName(removed) === ours)?.[1];
  return keeper === undefined ? undefined : named.get(format.ourName(keeper));
}

/** What a tensor without numbers tells: nothing. Quantised and adapted models leave such behind. */
const empty: Redundant = { why: "holds nothing" };

/** What a folder holds besides tensors that has a say in which is which. */
export interface Written {
  readonly config: unknown;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Maps the tensors of a file onto those of a model.
 *
 * Throws   UserError naming the first tensor that is missing, left over, given twice, or of another shape or type
 */
export function mapTensors(
  where: string,
  format: PublishedFormat,
  model: ModelConfig,
  stored: readonly StoredTensor[],
  written: Written,
): Mapping {
  const specs = specsOf(modelParameters(model));
  const named = byOurName(where, format, stored);
  const kept: Mapped[] = [];
  for (const [ours, spec] of Object.entries(specs)) {
    const tensor = named.get(ours) ?? sharedTensor(ours, named, written, format);
    if (!tensor) {
      const name = `${prefixOf(named, specs)}${ours}`;
      throw userError(where, `tensor ${name} must be there, float32 [${spec.shape}] by config.json`, "none", remedy);
    }
    checkTensor(where, tensor, spec);
    kept.push({ ours, tensor });
  }
  const used = new Set(kept.map(({ tensor }) => tensor));
  const dropped = [...named]
    .filter(([, tensor]) => !used.has(tensor))
    .map(([ours, tensor]) => {
      const redundant = format.redundant(ours) ?? (sizeOf(tensor.shape) === 0 ? empty : undefined);
      if (redundant) return { ours, tensor, redundant };
      const got = `${tensor.name}, ${tensor.stored} [${tensor.shape}]`;
      throw userError(where, "every tensor must belong to the model that config.json describes", got, remedy);
    });
  return { kept, dropped };
}

/** One line for each tensor, the blocks of a model in one: published name, ours, shape, type. */
export function mappingTable({ kept, dropped }: Mapping): string[][] {
  const lines = [
    ...kept.map(({ ours, tensor }) => ({ tensor, becomes: ours })),
    ...dropped.map(({ tensor, redundant }) => ({ tensor, becomes: `(dropped: ${redundant.why})` })),
  ];
  const block = /(^|\.)(blocks|h)\.(\d+)\./;
  const groups = new Map<string, (typeof lines)[0][]>();
  for (const line of lines) {
    const { name, shape, stored } = line.tensor;
    const key = [name.replace(block, "$1$2.#."), shape, stored].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const rows = [...groups.values()].map((group) => {
    const [{ tensor, becomes }] = group as [(typeof lines)[0]];
    const last = block.exec(group.at(-1)?.tensor.name ?? "")?.[3];
    const span = (name: string) =>
      name.replace(block, (all, before, word, i) => {
        return i === last ? all : `${before}${word}.${i}…${last}.`;
      });
    return [span(tensor.name), span(becomes), `[${tensor.shape}]`, tensor.stored];
  });
  return [["published", "ours", "shape", "type"], ...rows];
}

/**
 * @file A folder of numbers that the published code gave, laid out as `packages/core/fixtures`.
 *
 * Nothing about sizes, models, cases or runs is known here: all of it is in the files. The parts are found by the
 * beginning of their names (`A-dit-…`), so that a folder made with other models may call them after these.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Tensor, type TensorMap, userError } from "@sdtt/core/base";
import { readSafetensors } from "@sdtt/core/checkpoint";
import type { z } from "zod";
import { parseNpy } from "./npy.js";

const parts = {
  dit: "A-",
  targets: "B-sdtt",
  training: "B-mdlm",
  samplers: "C-",
  gpt2: "D-",
  lambada: "E-",
} as const;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];

/** One part of a fixtures folder; `folder(name)` is a folder inside it. */
export interface Part {
  readonly path: string;
  files(): string[];
  has(file: string): boolean;
  folder(name: string): Part;
  json<S extends z.ZodType>(file: string, schema: S): z.output<S>;
  array(file: string): Tensor;
  /** Parameters by name, without the buffer of rotary frequencies, which is computed here. */
  weights(file: string): TensorMap;
}

const remedy = "Give a folder laid out as packages/core/fixtures (flag --fixtures).";

function openFolder(path: string): Part {
  const at = (file: string) => {
    const found = join(path, file);
    if (!existsSync(found)) throw userError("parity", `there must be a file ${file}`, `none in ${path}`, remedy);
    return found;
  };
  return {
    path,
    files: () => readdirSync(path).sort(),
    has: (file) => existsSync(join(path, file)),
    folder: (name) => openFolder(at(name)),
    json: (file, schema) => readJson(at(file), schema),
    array: (file) => parseNpy(at(file), readFileSync(at(file))),
    weights(file) {
      const { "rotary_emb.inv_freq": _, ...tensors } = readSafetensors(at(file)).tensors;
      return tensors;
    },
  };
}

function readJson<S extends z.ZodType>(path: string, schema: S): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw userError("parity", `${path} must be JSON`, (cause as Error).message, remedy, cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: keys, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  throw userError("parity", `${path} must describe the fixtures`, `${keys.join(".")}: ${message}`, remedy);
}

/** Throws   UserError when the folder, or this part of it, is not there */
export function openPart(root: string, name: PartName): Part {
  const names = existsSync(root) ? readdirSync(root).sort() : [];
  const found = names.find((folder) => folder.startsWith(parts[name]));
  if (found) return openFolder(join(root, found));
  throw userError("parity", `there must be a folder ${parts[name]}…`, `none in ${root}`, remedy);
}

/**
 * @file What an external trainer says of its updates: JSON lines on its output, under our names or PyTorch's usual ones.
 */
import type { TrainPoint } from "@sdtt/core/store";

const names: Readonly<Record<string, readonly string[]>> = {
  loss: ["loss", "train_loss"],
  learningRate: ["learningRate", "learning_rate", "lr"],
  gradNorm: ["gradNorm", "grad_norm"],
  validationLoss: ["validationLoss", "validation_loss", "val_loss"],
  tokens: ["tokens"],
  wallMs: ["wallMs", "wall_ms"],
};

/** NaN and Infinity, as Python writes them, are no JSON. */
function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const plain = line.replace(/:\s*(-?Infinity|NaN)(?=\s*[,}])/g, ': "$1"');
    const found: unknown = JSON.parse(plain);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const numberIn = (found: Record<string, unknown>, among: readonly string[]): number | undefined => {
  const value = among.map((name) => found[name]).find((one) => one !== undefined && one !== null);
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" ? number : undefined;
};

/** The point that a line tells; nothing for a line that tells none. `update` or `step` says which. */
export function pointOf(line: string): TrainPoint | undefined {
  const found = parsed(line.trim());
  const update = found && numberIn(found, ["update", "step"]);
  if (!found || update === undefined || !Number.isInteger(update) || update < 0) return undefined;
  const figures = Object.entries(names).flatMap(([ours, theirs]) => {
    const value = numberIn(found, theirs);
    return value === undefined ? [] : [[ours, value] as const];
  });
  return { tokens: 0, ...Object.fromEntries(figures), update } as TrainPoint;
}

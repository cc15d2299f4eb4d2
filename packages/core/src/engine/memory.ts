/**
 * @file What a device without memory says, in one sentence of ours: each library has words of its own for it.
 */
import { userError } from "../base/errors.js";

const words = /failed to allocate memory|out of memory|out_of_memory|OOM when allocating|RESOURCE_EXHAUSTED|bad_alloc/i;

/** The same error as the user's to mend where memory was lacking; otherwise the error itself. */
export function explainMemory(program: string, device: string, error: unknown): unknown {
  const said = String((error as Error)?.message ?? error);
  if (!words.test(said)) return error;
  const line = said.split("\n").find((one) => words.test(one)) ?? said;
  const got = `${device}, in program "${program}": ${line.trim().slice(0, 200)}`;
  const remedy = "Take fewer --sequences, a --microbatch or a smaller model (--dry-run says what it needs).";
  return userError("engine", "the device must have the memory that a program needs", got, remedy, error);
}

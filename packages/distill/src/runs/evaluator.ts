/**
 * @file Whose judgement a round asks for: a command line of its own, as distilling knows no evaluation.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { userError } from "@sdtt/core/base";

/** The one that is installed beside this package. */
function installed(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("@sdtt/eval")), "cli.js");
  } catch {
    return undefined;
  }
}

/**
 * The script that evaluates: the one given, else `@sdtt/eval`'s.
 *
 * Throws   UserError when it is not there
 */
export function evaluatorScript(given: string | undefined, others = installed): string {
  const script = given ?? others();
  if (script && existsSync(script)) return script;
  const got = given === undefined ? "none that is installed and built" : `${given} (flag --evaluator)`;
  const remedy = "Run npm run build, give --evaluator=SCRIPT, or --no-evaluate.";
  throw userError("round", "an evaluation needs an evaluator that is there", got, remedy);
}

/** @file All published formats by name, and which one a folder is. */
import { userError } from "../../base/errors.js";
import { memberOf } from "./config.js";
import { type PublishedFormat, type PublishedName, publishedNames } from "./format.js";
import { gpt2 } from "./gpt2.js";
import { mdlm } from "./mdlm.js";
import { sdtt } from "./sdtt.js";

export const publishedFormats: Readonly<Record<PublishedName, PublishedFormat>> = { mdlm, sdtt, gpt2 };

/**
 * The format of a config.json; one without model_type, as old ones are, is of the format asked for.
 *
 * Throws   UserError when it is none of ours, or another than the one asked for
 */
export function formatOf(where: string, config: unknown, asked: PublishedName | "auto"): PublishedName {
  const found = publishedNames.find((name) => publishedFormats[name].isConfig(config));
  if (found && (asked === "auto" || asked === found)) return found;
  const type = memberOf(config, "model_type");
  if (!found && asked !== "auto" && type === undefined) return asked;
  const got = found ?? (type === undefined ? "a config.json without model_type" : `model_type ${JSON.stringify(type)}`);
  const rule = `the architecture must be ${asked === "auto" ? `one of ${publishedNames.join(", ")}` : `${asked}'s`}`;
  throw userError(where, rule, got, "Take another model, or another --format.");
}

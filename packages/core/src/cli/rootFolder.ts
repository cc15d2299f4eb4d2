/**
 * @file Where runs, data and the store lie unless a flag says otherwise.
 */
import { join } from "node:path";

/** `SDTT_ROOT`, else `.sdtt` where the command is typed, and what is named within. */
export const rootFolder = (...within: readonly string[]): string => join(process.env.SDTT_ROOT || ".sdtt", ...within);

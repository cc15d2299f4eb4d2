/**
 * @file How the hub is reached: endpoint, cache, token, offline or not.
 *
 * The environment variables are those of the hub's own tools, so that an installed cache is found and used. The token
 * is read once, kept in memory, sent to the endpoint alone, and never printed or stored.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { userError } from "../../base/errors.js";

export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Folder of `models--owner--name`. */
  readonly cache: string;
  readonly token?: string;
  readonly isOffline: boolean;
  /** Before the first repetition of a request that failed for the moment; doubled with each. */
  readonly retryMs: number;
}

function tokenOf(file: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  let token = environment.HF_TOKEN;
  let origin = "HF_TOKEN";
  if (file !== undefined) {
    origin = file;
    try {
      token = readFileSync(file, "utf8");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw userError("hub", "the token's file must be readable", `${code} (${file})`, "Check --token-file.", error);
    }
  }
  const trimmed = token?.trim();
  if (!trimmed) return undefined;
  if (/^hf_\w+$/.test(trimmed)) return trimmed;
  const remedy = "Make one at the hub, under Settings, Access Tokens.";
  throw userError("hub", "a token must be hf_ and letters or digits", `another text (${origin})`, remedy);
}

/**
 * Settings from flags and environment.
 *
 * The cache is the one given, else HF_HUB_CACHE, else HF_HOME/hub, else ROOT/hub.
 */
export function hubSettings(
  given: { readonly cache?: string | undefined; readonly tokenFile?: string | undefined; readonly root: string },
  environment: NodeJS.ProcessEnv = process.env,
): HubSettings {
  const { HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, HF_HUB_OFFLINE } = environment;
  const endpoint = (HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:\/\//.test(endpoint)) {
    throw userError("hub", "the endpoint must be an http address", `${endpoint} (HF_ENDPOINT)`, "Change or unset it.");
  }
  const cache = given.cache ?? (HF_HUB_CACHE || (HF_HOME ? join(HF_HOME, "hub") : join(given.root, "hub")));
  const token = tokenOf(given.tokenFile, environment);
  const isOffline = /^(1|true|yes|on)$/i.test(HF_HUB_OFFLINE ?? "");
  return { endpoint, cache, ...(token && { token }), isOffline, retryMs: 500 };
}

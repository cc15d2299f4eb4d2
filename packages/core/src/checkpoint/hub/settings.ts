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

const isHuggingFace = (endpoint: string): boolean => /(^|\.)(huggingface\.co|hf\.co)$/.test(new URL(endpoint).hostname);

function tokenOf(file: string | undefined, environment: NodeJS.ProcessEnv, endpoint: string): string | undefined {
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
  // Other hubs (Artifactory, Nexus, a mirror of one's own) have tokens of their own forms.
  if (isHuggingFace(endpoint) ? /^(hf|api_org)_\w+$/.test(trimmed) : /^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  const form = isHuggingFace(endpoint) ? "hf_ and letters or digits" : "letters, digits and signs without spaces";
  const remedy = "Make one at the hub, under Settings, Access Tokens.";
  throw userError("hub", `a token must be ${form}`, `another text (${origin})`, remedy);
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
  if (!URL.canParse(endpoint)) {
    throw userError("hub", "the endpoint must be an http address", "one that is cut off (HF_ENDPOINT)", "Mend it.");
  }
  if (new URL(endpoint).username || new URL(endpoint).password) {
    const remedy = "Leave them out, and set HF_TOKEN.";
    throw userError("hub", "the endpoint must hold no login", "an address with one (HF_ENDPOINT)", remedy);
  }
  const cache = given.cache ?? (HF_HUB_CACHE || (HF_HOME ? join(HF_HOME, "hub") : join(given.root, "hub")));
  const token = tokenOf(given.tokenFile, environment, endpoint);
  const isOffline = /^(1|true|yes|on)$/i.test(HF_HUB_OFFLINE ?? "");
  return { endpoint, cache, ...(token && { token }), isOffline, retryMs: 500 };
}

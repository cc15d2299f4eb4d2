/**
 * @file Writing a note or a tag: in whose name, and what went wrong.
 */
import { useState } from "preact/hooks";
import { post, rememberAuthor } from "../api.js";
import { news } from "../live.js";

export function useWrite(): {
  readonly error: string;
  readonly write: (url: string, body: object, by: string) => Promise<boolean>;
} {
  const [error, setError] = useState("");
  const write = async (url: string, body: object, by: string): Promise<boolean> => {
    try {
      rememberAuthor(by);
      await post(url, { ...body, author: by });
      setError("");
      news.value++;
      return true;
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      return false;
    }
  };
  return { error, write };
}

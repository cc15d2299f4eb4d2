/** @file Asking the playground for a sample: lines as they come, until the last one or until it is told to stop. */
import type { Session } from "../../../server/app.js";
import { get } from "../../api.js";
import type { PlayEvent } from "./played.js";

/** Throws Error with the server's explanation; resolves at the last line. */
export async function play(body: object, hear: (line: PlayEvent) => void, signal: AbortSignal): Promise<void> {
  const { writeKey } = await get<Session>("/api/session", signal);
  const headers = { "content-type": "application/json", "x-sdtt-key": writeKey };
  const response = await fetch("/api/play", { method: "POST", headers, body: JSON.stringify(body), signal });
  if (!response.ok || !response.body) {
    throw new Error(((await response.json()) as { error?: string }).error ?? response.statusText);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(JSON.parse(line) as PlayEvent);
  }
}

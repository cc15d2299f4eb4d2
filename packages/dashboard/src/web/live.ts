/**
 * @file The server's news: each rise of `news` means that a store changed, and that what is shown should be asked again.
 */
import { signal } from "@preact/signals";

export const news = signal(0);
export const isLive = signal(false);

/** The cursor of the oldest answer that is shown. */
let shown: string | undefined;

/** Called with each answer's cursor. */
export function noteCursor(cursor: string | null): void {
  shown ??= cursor ?? undefined;
}

function ask(): void {
  shown = undefined;
  news.value++;
}

/** Changes that come closer together than this are one. */
const pauseMs = 1000;

export function startLive(): void {
  const source = new EventSource("/api/live");
  let isWaiting = false;
  source.addEventListener("open", () => {
    isLive.value = true;
  });
  source.addEventListener("error", () => {
    isLive.value = false;
  });
  source.addEventListener("hello", ({ lastEventId }) => {
    if (shown !== undefined && shown !== lastEventId) ask();
  });
  source.addEventListener("change", () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      ask();
    }, pauseMs);
  });
}

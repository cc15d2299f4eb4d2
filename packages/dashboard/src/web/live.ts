/**
 * @file The server's news: each rise of `news` means that a store changed, and that what is shown should be asked again.
 */
import { signal } from "@preact/signals";

export const news = signal(0);
export const isLive = signal(false);

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
  source.addEventListener("change", () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      news.value++;
    }, pauseMs);
  });
}

/**
 * @file Where the page is: the address holds all that is shown, so that each view can be sent to somebody.
 */
import { signal } from "@preact/signals";

interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const place = signal<Place>(read());
addEventListener("popstate", () => {
  place.value = read();
});

export interface Changes {
  readonly [part: string]: string | readonly string[] | undefined;
}

/** `path` with these parts; an empty or missing value leaves its part out. */
export function address(path: string, changes: Changes, from = new URLSearchParams()): string {
  const query = new URLSearchParams(from);
  for (const [key, value] of Object.entries(changes)) {
    query.delete(key);
    for (const one of Array.isArray(value) ? value : [value]) if (one) query.append(key, one);
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

export function go(target: string): void {
  if (target !== location.pathname + location.search) history.pushState(null, "", target);
  place.value = read();
}

/** The present view with some parts of its address changed. */
export function change(changes: Changes): void {
  go(address(place.value.path, changes, place.value.query));
}

/** Follows links within the page without loading it again; new tabs and downloads stay the browser's. */
export function followLink(event: MouseEvent): void {
  const link = (event.target as Element).closest?.("a");
  if (link?.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.defaultPrevented) return;
  if (link.pathname.startsWith("/api/") || link.getAttribute("href")?.startsWith("#")) return;
  event.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
}

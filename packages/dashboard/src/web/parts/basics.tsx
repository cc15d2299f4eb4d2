/**
 * @file Small parts that every view uses. Text from a store enters the page as text nodes only.
 */

import { visibleControls } from "@sdtt/core/report";
import type { ComponentChildren } from "preact";
import { useErrorBoundary } from "preact/hooks";
import type { Answer } from "../api.js";
import { place } from "../place.js";

/** Text of a store: control characters visible, direction kept to itself, cut where it is endless. */
export function Text({ text, max = 120 }: { text: string; max?: number }) {
  const shown = visibleControls(text.length > max ? `${text.slice(0, max)}…` : text);
  return (
    <bdi class="text" title={text.length > max ? visibleControls(text.slice(0, 2000)) : undefined}>
      {shown}
    </bdi>
  );
}

/** What scrolls sideways on a small screen (or down, a log); a keyboard must be able to reach it to scroll it. */
export function Wide({
  label,
  isLog = false,
  children,
}: {
  label: string;
  isLog?: boolean;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class={isLog ? "log" : "wide"} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** A table's row of heads; those named in `words` are of columns of text. */
export function Heads({
  of,
  words = [],
  children,
}: {
  of: readonly (string | number)[];
  words?: readonly string[];
  children?: ComponentChildren;
}) {
  return (
    <thead>
      <tr>
        {of.map((head) => (
          <th scope="col" key={head} class={words.includes(String(head)) ? "words" : undefined}>
            <Text text={String(head)} max={60} />
          </th>
        ))}
        {children}
      </tr>
    </thead>
  );
}

export function Notice({ kind = "note", children }: { kind?: "note" | "error"; children: ComponentChildren }) {
  return (
    <p class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"}>
      {children}
    </p>
  );
}

/** The answer's content, or why there is none (yet). */
export function Asked<T>({ answer, children }: { answer: Answer<T>; children: (data: T) => ComponentChildren }) {
  if (answer.error !== undefined) return <Notice kind="error">{visibleControls(answer.error)}</Notice>;
  if (answer.data === undefined) return <p aria-busy="true">Loading…</p>;
  return <div aria-busy={answer.isLoading}>{children(answer.data)}</div>;
}

/** Explains parts of the address that the view does not know. */
export function UnknownParts({ known }: { known: readonly string[] }) {
  const unknown = [...new Set(place.value.query.keys())].filter((key) => !known.includes(key));
  if (unknown.length === 0) return null;
  const parts = unknown.map((key) => `“${visibleControls(key.slice(0, 60))}”`).join(", ");
  const allowed = known.length === 0 ? "none" : known.join(", ");
  return (
    <Notice>
      The address has {parts}, which this view does not know, so it changes nothing. Known are: {allowed}.
    </Notice>
  );
}

/** Explains values in a part of the address (a list with commas) that are none of those there are. */
export function UnknownValues({ part, known, what }: { part: string; known: readonly string[]; what: string }) {
  const given = (place.value.query.get(part) ?? "").split(",").filter((value) => value !== "");
  const unknown = given.filter((value) => !known.includes(value));
  if (unknown.length === 0) return null;
  const named = unknown.map((value) => `“${visibleControls(value.slice(0, 60))}”`).join(", ");
  const allowed = known.length === 0 ? "There are none" : `There are: ${known.slice(0, 30).join(", ")}`;
  return (
    <Notice>
      {named} is {what}, so it changes nothing. {allowed}.
    </Notice>
  );
}

/** A defect in one view leaves the rest of the page usable. */
export function Guarded({ children }: { children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  return (
    <>
      <Notice kind="error">This view has a defect: {visibleControls(String(error?.message ?? error))}</Notice>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </>
  );
}

const statusSigns: Record<string, string> = {
  done: "✓",
  running: "▶",
  failed: "✗",
  stopped: "■",
  pending: "…",
  pruned: "✂",
  cancelled: "⊘",
};

export function Status({ status, isSilent = false }: { status: string; isSilent?: boolean }) {
  return (
    <span class={`status ${statusSigns[status] === undefined ? "" : status}`}>
      <span aria-hidden="true">{statusSigns[status] ?? "?"}</span> {status}
      {isSilent ? ", silent" : ""}
    </span>
  );
}

/** The reader's clock, in ISO's order. */
const clock = new Intl.DateTimeFormat("en", {
  ...({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const),
  hourCycle: "h23",
  timeZoneName: "short",
});

/** `2026-11-21 09:05 GMT-5`: a time in the reader's zone, with its name; what is no time as it is. */
export function localTime(at: string): string {
  if (Number.isNaN(Date.parse(at))) return at;
  const parts = Object.fromEntries(clock.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute} ${parts.timeZoneName}`;
}

/** A time of the reader's clock; in UTC, to the millisecond, in its title. */
export function Time({ at }: { at: string }) {
  if (Number.isNaN(Date.parse(at))) return <Text text={at} max={30} />;
  return (
    <time dateTime={at} title={`${at} (UTC)`}>
      {localTime(at)}
    </time>
  );
}

/** `3 h 5 min`. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}

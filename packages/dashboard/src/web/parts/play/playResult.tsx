/**
 * @file What a model of the playground has written so far, and all of them again on one clock.
 */

import { visibleControls } from "@sdtt/core/report";
import { useEffect, useRef, useState } from "preact/hooks";
import { Notice } from "../basics.js";
import { nfeAt, type Played, playedHtml, rowAt } from "./played.js";

const shadeOf = (step: number, last: number): number =>
  Math.min(9, last <= 1 ? 0 : Math.floor((9 * (step - 1)) / (last - 1)));

function Row({ played, ms }: { played: Played; ms: number | undefined }) {
  return (
    <p class="tokens" dir="auto">
      {rowAt(played, ms).map(({ text, step }, i) => (
        <span key={i} class={text === null ? "masked" : step === 0 ? "given" : `shade-${shadeOf(step, played.steps)}`}>
          {text === null ? "▁▁" : visibleControls(text)}
        </span>
      ))}
    </p>
  );
}

export function Result({ played, ms }: { played: Played; ms: number | undefined }) {
  const at = ms ?? played.ms ?? played.events.at(-1)?.ms ?? 0;
  const shown = Math.min(at, played.ms ?? at);
  return (
    <article class="sample" aria-busy={played.ms === null && played.error === ""}>
      <p class="quiet">
        <strong>{nfeAt(played, shown)}</strong> network evaluations · <strong>{Math.round(shown)}</strong> ms
      </p>
      {played.error === "" ? (
        <Row played={played} ms={ms} />
      ) : (
        <Notice kind="error">{visibleControls(played.error)}</Notice>
      )}
    </article>
  );
}

/** From 0 to the end of the slowest, at most eight seconds of the reader's. */
export function useClock(all: readonly Played[]): { readonly ms: number | undefined; start(): void } {
  const [ms, setMs] = useState<number>();
  const frame = useRef(0);
  const end = Math.max(0, ...all.map((played) => played.ms ?? 0));
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const start = () => {
    const began = performance.now();
    const pace = Math.max(1, end / 8000);
    const tick = () => {
      const now = (performance.now() - began) * pace;
      setMs(now < end ? now : undefined);
      if (now < end) frame.current = requestAnimationFrame(tick);
    };
    cancelAnimationFrame(frame.current);
    tick();
  };
  return { ms, start };
}

export function savePlayed(all: readonly Played[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([playedHtml(all)], { type: "text/html" }));
  link.download = "side-by-side.html";
  link.click();
  URL.revokeObjectURL(link.href);
}

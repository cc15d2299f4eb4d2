/**
 * @file One sample: its text, or its tokens coloured by the step that revealed each, with the steps played back.
 */

import { visibleControls } from "@sdtt/core/report";
import { formatNumber } from "@sdtt/core/statistics";
import type { SampleRecord } from "@sdtt/core/store";
import { useEffect, useState } from "preact/hooks";

interface Token {
  readonly text: string;
  readonly step: number;
}

/** The tokens of a sample; undefined where their steps, or as many texts, were not kept. */
function tokensOf({ pieces, ids, revealSteps }: SampleRecord): Token[] | undefined {
  const texts = pieces ?? ids?.map((id) => `${id} `);
  if (!revealSteps || !texts || texts.length !== revealSteps.length) return undefined;
  return texts.map((text, i) => ({ text, step: revealSteps[i] as number }));
}

/** Whether its text is known token by token, and when each came. */
export const canPlay = (sample: SampleRecord | undefined): boolean =>
  sample !== undefined && sample.pieces !== null && tokensOf(sample) !== undefined;

const shades = Array.from({ length: 10 }, (_, shade) => shade);

/** From the first step to the last. */
const shadeOf = (step: number, last: number): number => (last <= 1 ? 0 : Math.floor((9 * (step - 1)) / (last - 1)));

/** Which colour is which step. */
function Legend({ last }: { last: number }) {
  return (
    <span class="quiet legend">
      step 1{" "}
      <span aria-hidden="true">
        {shades.map((shade) => (
          <span key={shade} class={`shade-${shade}`}>
            {" "}
          </span>
        ))}
      </span>{" "}
      step {last}
    </span>
  );
}

function Tokens({ tokens, last, shown }: { tokens: readonly Token[]; last: number; shown: number }) {
  return (
    <p class="tokens" dir="auto">
      {tokens.map(({ text, step }, i) => {
        const isShown = step <= shown;
        return (
          <span key={i} class={isShown ? `shade-${shadeOf(step, last)}` : "masked"} title={`step ${step}`}>
            {isShown ? visibleControls(text) : "▁".repeat(Math.max(1, Math.min(8, text.trim().length)))}
          </span>
        );
      })}
    </p>
  );
}

interface PlayerProps {
  readonly tokens: readonly Token[];
  readonly last: number;
  /** Rises when all that stand side by side are to begin together. */
  readonly start: number;
}

function Player({ tokens, last, start }: PlayerProps) {
  const [step, setStep] = useState(last);
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (start === 0) return;
    setStep(0);
    setPlaying(true);
  }, [start]);
  useEffect(() => {
    if (!isPlaying) return;
    if (step >= last) return setPlaying(false);
    const timer = setTimeout(() => setStep(step + 1), Math.max(40, 2000 / last));
    return () => clearTimeout(timer);
  }, [isPlaying, step, last]);
  const play = () => {
    if (!isPlaying && step >= last) setStep(0);
    setPlaying(!isPlaying);
  };
  return (
    <>
      <div class="player">
        <button type="button" onClick={play}>
          {isPlaying ? "Pause" : "Play"}
        </button>
        <button type="button" aria-label="a step back" disabled={step === 0} onClick={() => setStep(step - 1)}>
          ‹
        </button>
        <button type="button" aria-label="a step on" disabled={step === last} onClick={() => setStep(step + 1)}>
          ›
        </button>
        <input
          type="range"
          min={0}
          max={last}
          value={step}
          aria-label="sampling step"
          aria-valuetext={`step ${step} of ${last}`}
          onInput={(event) => setStep(Number(event.currentTarget.value))}
        />
        <span class="quiet">
          step {step} of {last}
        </span>
        {last > 1 ? <Legend last={last} /> : null}
      </div>
      <Tokens tokens={tokens} last={last} shown={step} />
    </>
  );
}

interface SampleProps {
  readonly sample: SampleRecord;
  readonly steps: number | null;
  readonly start?: number;
}

export function SampleView({ sample, steps, start = 0 }: SampleProps) {
  // Shown where there is a text to show: the order in which it was written is what tells few steps from many.
  const [isByStep, setByStep] = useState(canPlay(sample));
  const tokens = tokensOf(sample);
  const last = Math.max(steps ?? 1, ...(tokens?.map(({ step }) => step) ?? [1]));
  return (
    <article class="sample">
      <header class="quiet">
        sample {sample.index} · NLL {formatNumber(sample.nll)} nats a token
        {tokens === undefined ? (
          " · the steps of its tokens were not kept"
        ) : (
          <label>
            <input type="checkbox" checked={isByStep} onChange={(event) => setByStep(event.currentTarget.checked)} />
            tokens by step{sample.pieces ? "" : " (as numbers: their text was not kept)"}
          </label>
        )}
      </header>
      {isByStep && tokens ? (
        <Player tokens={tokens} last={last} start={start} />
      ) : (
        <pre dir="auto">{visibleControls(sample.text)}</pre>
      )}
    </article>
  );
}

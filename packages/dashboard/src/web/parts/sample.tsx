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

/** Ten shades, from the first step to the last. */
const shadeOf = (step: number, last: number): number => (last <= 1 ? 0 : Math.floor((9 * (step - 1)) / (last - 1)));

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

function Player({ tokens, last }: { tokens: readonly Token[]; last: number }) {
  const [step, setStep] = useState(last);
  const [isPlaying, setPlaying] = useState(false);
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
      </div>
      <Tokens tokens={tokens} last={last} shown={step} />
    </>
  );
}

export function SampleView({ sample, steps }: { sample: SampleRecord; steps: number | null }) {
  const [isByStep, setByStep] = useState(false);
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
        <Player tokens={tokens} last={last} />
      ) : (
        <pre dir="auto">{visibleControls(sample.text)}</pre>
      )}
    </article>
  );
}

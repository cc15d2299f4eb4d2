/**
 * @file Playground: up to three models write side by side, text as it is revealed, then again on one clock.
 *
 * They are drawn one after the other on one thread, so that none slows another: the times are each model's own.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { visibleControls } from "../../report/html.js";
import type { PlayChoices } from "../../server/play/routes.js";
import { get } from "../api.js";
import { Notice, Text } from "../parts/basics.js";
import { play } from "../parts/play.js";
import { heard, nfeAt, type Played, playedHtml, rowAt, unplayed } from "../parts/played.js";
import { Select } from "../parts/select.js";
import { change, place } from "../place.js";
import type { View } from "../view.js";

const mostColumns = 3;

interface Chosen {
  readonly model: string;
  readonly steps: number;
}

/** As it begins: the newest student that ships, its teacher at as many steps, and at many. */
function usual(models: PlayChoices["models"]): Chosen[] {
  const student = models.find(({ id }) => id.startsWith("shipped round"))?.id;
  const teacher = models.find(({ id }) => id === "shipped teacher")?.id;
  if (student && teacher) {
    return [
      { model: teacher, steps: 8 },
      { model: student, steps: 8 },
      { model: teacher, steps: 64 },
    ];
  }
  return models.slice(0, 1).map(({ id }) => ({ model: id, steps: 8 }));
}

/** Columns are in the address as `model=…&steps=…`, in pairs. */
function chosenOf(models: PlayChoices["models"]): Chosen[] {
  const { query } = place.value;
  const steps = query.getAll("steps").map(Number);
  const given = query.getAll("model").map((model, i) => ({ model, steps: steps[i] || 8 }));
  return given.length === 0 ? usual(models) : given.slice(0, mostColumns);
}

const keep = (chosen: readonly Chosen[]) =>
  change({ model: chosen.map(({ model }) => model), steps: chosen.map(({ steps }) => String(steps)) });

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

function Result({ played, ms }: { played: Played; ms: number | undefined }) {
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

interface ColumnProps {
  readonly models: PlayChoices["models"];
  readonly chosen: Chosen;
  readonly place: number;
  readonly onChange: (chosen: Chosen | undefined) => void;
}

function Column({ models, chosen, place: at, onChange }: ColumnProps) {
  const choices = models.map(({ id, title }) => [id, title] as const);
  return (
    <div class="bar">
      <Select
        label={`Model ${at + 1}`}
        value={chosen.model}
        choices={choices}
        onChoose={(model) => onChange({ ...chosen, model })}
      />
      <label>
        Steps{" "}
        <input
          type="number"
          min={1}
          max={256}
          value={chosen.steps}
          onChange={(event) =>
            onChange({ ...chosen, steps: Math.max(1, Math.min(256, Number(event.currentTarget.value) || 1)) })
          }
        />
      </label>
      <button type="button" aria-label={`take away model ${at + 1}`} onClick={() => onChange(undefined)}>
        ×
      </button>
    </div>
  );
}

/** From 0 to the end of the slowest, at most eight seconds of the reader's. */
function useClock(all: readonly Played[]): { readonly ms: number | undefined; start(): void } {
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

function save(all: readonly Played[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([playedHtml(all)], { type: "text/html" }));
  link.download = "side-by-side.html";
  link.click();
  URL.revokeObjectURL(link.href);
}

interface Settings {
  readonly text: string;
  readonly tokens: number;
  readonly sampler: string;
  readonly temperature: number;
  readonly seed: number;
}

const usualSettings: Settings = { text: "And God said", tokens: 64, sampler: "ancestral", temperature: 1, seed: 1 };

function Options({
  value,
  samplers,
  onChange,
}: {
  value: Settings;
  samplers: readonly string[];
  onChange: (next: Settings) => void;
}) {
  const numbers = [
    ["tokens", 2, 256, 1],
    ["temperature", 0.05, 2, 0.05],
    ["seed", 0, 2 ** 31, 1],
  ] as const;
  return (
    <>
      <label>
        Prompt, or a text with holes such as “And God said, [8] and it was so.”
        <textarea
          rows={2}
          maxLength={2000}
          value={value.text}
          onInput={(event) => onChange({ ...value, text: event.currentTarget.value })}
        />
      </label>
      <div class="bar">
        <Select
          label="Sampler"
          value={value.sampler}
          choices={samplers.map((name) => [name, name] as const)}
          onChoose={(sampler) => onChange({ ...value, sampler })}
        />
        {numbers.map(([name, min, max, step]) => (
          <label key={name}>
            {name}{" "}
            <input
              type="number"
              min={min}
              max={max}
              step={step}
              value={value[name]}
              onChange={(event) => onChange({ ...value, [name]: Number(event.currentTarget.value) })}
            />
          </label>
        ))}
      </div>
    </>
  );
}

function Content({ choices: { models, samplers } }: { choices: PlayChoices }) {
  const chosen = chosenOf(models);
  const [settings, setSettings] = useState(usualSettings);
  const [all, setAll] = useState<readonly Played[]>([]);
  const [state, setState] = useState("");
  const abort = useRef<AbortController | null>(null);
  const clock = useClock(all);
  useEffect(() => () => abort.current?.abort(), []);
  const isPlaying = state === "writing";
  const titleOf = (id: string) => models.find((model) => model.id === id)?.title ?? id;

  const start = async (event: Event) => {
    event.preventDefault();
    abort.current = new AbortController();
    const { signal } = abort.current;
    let now: readonly Played[] = chosen.map(({ model, steps }) => unplayed(titleOf(model), steps));
    const set = (i: number, next: (played: Played) => Played) => {
      now = now.map((played, k) => (k === i ? next(played) : played));
      setAll(now);
    };
    setAll(now);
    setState("writing");
    for (const [i, one] of chosen.entries()) {
      const fail = (error: unknown) =>
        set(i, (played) => ({ ...played, error: error instanceof Error ? error.message : String(error) }));
      await play({ ...settings, ...one }, (line) => set(i, (played) => heard(played, line)), signal).catch(fail);
      if (signal.aborted) break;
    }
    setState(signal.aborted ? "stopped" : "written");
  };
  const set = (i: number, next: Chosen | undefined) =>
    keep(chosen.flatMap((one, k) => (k === i ? (next ?? []) : [one])));

  return (
    <>
      <form onSubmit={start}>
        <Options value={settings} samplers={samplers} onChange={setSettings} />
        {chosen.map((one, i) => (
          <Column key={i} models={models} chosen={one} place={i} onChange={(next) => set(i, next)} />
        ))}
        <div class="bar">
          <button type="submit" disabled={isPlaying || chosen.length === 0}>
            Write
          </button>
          <button type="button" disabled={!isPlaying} onClick={() => abort.current?.abort()}>
            Stop
          </button>
          <button
            type="button"
            disabled={chosen.length >= mostColumns}
            onClick={() => keep([...chosen, chosen.at(-1) ?? { model: models[0]?.id ?? "", steps: 8 }])}
          >
            One more model
          </button>
          <button type="button" disabled={state !== "written"} onClick={clock.start}>
            Again, on one clock
          </button>
          <button type="button" disabled={state !== "written"} onClick={() => save(all)}>
            Save as HTML that plays itself
          </button>
          <span class="quiet" role="status">
            {state}
          </span>
        </div>
      </form>
      <p class="quiet">
        Each is drawn on one thread of the lowest priority, one after the other; milliseconds are its own. Colours go
        from the first step to the last.
      </p>
      <div class="columns">
        {all.map((played, i) => (
          <section key={i}>
            <h2>
              <Text text={`${played.title}, ${played.steps} steps`} max={80} />
            </h2>
            <Result played={played} ms={clock.ms} />
          </section>
        ))}
      </div>
    </>
  );
}

function PlaygroundPage() {
  const [choices, setChoices] = useState<PlayChoices>();
  const [error, setError] = useState("");
  useEffect(() => {
    get<PlayChoices>("/api/play").then(setChoices, (cause) =>
      setError(cause instanceof Error ? cause.message : String(cause)),
    );
  }, []);
  return (
    <>
      <h1>Playground</h1>
      {error === "" ? null : <Notice kind="error">{error}</Notice>}
      {choices === undefined && error === "" ? <p aria-busy="true">Loading…</p> : null}
      {choices?.off ? <Notice>{choices.off}</Notice> : null}
      {choices && !choices.off ? <Content choices={choices} /> : null}
    </>
  );
}

export const view: View = { title: "Playground", inMenu: 7, page: PlaygroundPage, known: ["model", "steps"] };

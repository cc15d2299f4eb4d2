/**
 * @file Playground: up to three models write side by side, text as it is revealed, then again on one clock.
 *
 * They are drawn one after the other on one thread, so that none slows another: the times are each model's own.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { PlayChoices } from "../../server/play/routes.js";
import { get } from "../api.js";
import { Notice, Text } from "../parts/basics.js";
import { play } from "../parts/play/play.js";
import { heard, type Played, unplayed } from "../parts/play/played.js";
import { type Chosen, Column, Options, usualSettings } from "../parts/play/playForm.js";
import { Result, savePlayed, useClock } from "../parts/play/playResult.js";
import { change, place } from "../place.js";
import type { View } from "../view.js";

const mostColumns = 3;

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
          <button type="button" disabled={state !== "written"} onClick={() => savePlayed(all)}>
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

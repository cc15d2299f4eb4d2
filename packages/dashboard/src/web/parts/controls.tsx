/**
 * @file What the curve is of: every choice is a part of the address.
 */
import type { ExperimentRecord } from "@sdtt/core/store";
import { visibleControls } from "../../report/html.js";
import type { CurveView } from "../../experiment.js";
import { useAnswer } from "../api.js";
import { change, place } from "../place.js";

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
  readonly onChoose: (value: string) => void;
}

export function Select({ label, value, choices, onChoose }: SelectProps) {
  return (
    <label>
      {label}{" "}
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {choices.map(([choice, title]) => (
          <option key={choice} value={choice}>
            {visibleControls(title.length > 60 ? `${title.slice(0, 60)}…` : title)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Other experiments start afresh: their measures and keys are other ones. */
export function ExperimentSelect({ value, path }: { value: string; path?: "keep" }) {
  const { data } = useAnswer<ExperimentRecord[]>("/api/experiments");
  const names = data?.map(({ name }) => name) ?? [value];
  const reset = { measure: undefined, by: undefined, rounds: undefined, open: undefined, title: undefined };
  return (
    <Select
      label="Experiment"
      value={value}
      choices={names.map((name) => [name, name] as const)}
      onChoose={(experiment) => change(path === "keep" ? { experiment } : { experiment, ...reset })}
    />
  );
}

function Rounds({ all }: { all: readonly number[] }) {
  const given = place.value.query.get("rounds");
  const shown = given === null ? all : given.split(",").map(Number);
  const toggle = (round: number) => {
    const next = shown.includes(round) ? shown.filter((r) => r !== round) : [...shown, round].sort((a, b) => a - b);
    change({ rounds: next.length === all.length || next.length === 0 ? undefined : next.join(",") });
  };
  return (
    <fieldset>
      <legend>Rounds</legend>
      {all.map((round) => (
        <label key={round}>
          <input type="checkbox" checked={shown.includes(round)} onChange={() => toggle(round)} />
          {round}
        </label>
      ))}
    </fieldset>
  );
}

const xChoices = [
  ["steps", "sampling steps"],
  ["nfe", "network evaluations"],
  ["time", "time a sample"],
] as const;

export function Controls({ curve }: { curve: CurveView }) {
  const { query } = place.value;
  const keys = curve.groupKeys.map((key) => [key, `${key} and round`] as const);
  return (
    <form class="bar" onSubmit={(event) => event.preventDefault()}>
      <ExperimentSelect value={curve.experiment} />
      {curve.measures.length < 2 ? null : (
        <Select
          label="Measure"
          value={curve.measure?.id ?? ""}
          choices={curve.measures.map(({ id }) => [id, id] as const)}
          onChoose={(measure) => change({ measure })}
        />
      )}
      <Select
        label="Against"
        value={query.get("plane") === "entropy" ? "entropy" : curve.x}
        choices={[...xChoices, ["entropy", "entropy (Pareto)"]]}
        onChoose={(x) =>
          change(
            x === "entropy"
              ? { plane: x, temperatures: "all" }
              : { plane: undefined, x: x === "steps" ? undefined : x },
          )
        }
      />
      <Select
        label="A line for each"
        value={query.get("by") ?? "round"}
        choices={[["round", "round"], ...keys]}
        onChoose={(by) => change({ by: by === "round" ? undefined : by })}
      />
      {curve.allRounds.length < 2 ? null : <Rounds all={curve.allRounds} />}
      {curve.hasHidden ? (
        <label>
          <input
            type="checkbox"
            checked={query.get("temperatures") === "all"}
            onChange={(event) => change({ temperatures: event.currentTarget.checked ? "all" : undefined })}
          />
          other temperatures
        </label>
      ) : null}
    </form>
  );
}

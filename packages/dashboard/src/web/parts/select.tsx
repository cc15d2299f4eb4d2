/**
 * @file A choice of one among several, and the choice of the experiment, which most views have.
 */
import { visibleControls } from "@sdtt/core/report";
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

/** Another experiment starts afresh: measures, keys, rounds and samples of the one before mean nothing in it. */
export function ExperimentSelect({ value }: { value: string }) {
  const { data } = useAnswer("/api/experiments", {});
  const names = data?.map(({ name }) => name) ?? [value];
  const reset = ["measure", "by", "rounds", "open", "title", "row", "column", "slice"].map((part) => [part, undefined]);
  return (
    <Select
      label="Experiment"
      value={value}
      choices={names.map((name) => [name, name] as const)}
      onChoose={(experiment) => change({ ...Object.fromEntries(reset), experiment })}
    />
  );
}

/** Asks for lines of other temperatures than 1, too. */
export function OtherTemperatures() {
  return (
    <label>
      <input
        type="checkbox"
        checked={place.value.query.get("temperatures") === "all"}
        onChange={(event) => change({ temperatures: event.currentTarget.checked ? "all" : undefined })}
      />
      other temperatures
    </label>
  );
}

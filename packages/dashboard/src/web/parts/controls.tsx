/**
 * @file What the curve is of: every choice is a part of the address.
 */
import type { CurveView } from "../../read/curve.js";
import { change, place } from "../place.js";
import { ExperimentSelect, OtherTemperatures, Select } from "./select.js";

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
  ["round", "rounds"],
] as const;

/** By definition; the judge is named where two have judged by the same. */
function measureChoices({ measures }: CurveView): [string, string][] {
  const isOnly = (definition: string) => measures.filter((measure) => measure.definition === definition).length === 1;
  return measures.map(({ id, definition }) => [id, isOnly(definition) ? definition : id]);
}

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
          choices={measureChoices(curve)}
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
              : { plane: undefined, x: x === (curve.isLevel ? "round" : "steps") ? undefined : x },
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
      {curve.references.length === 0 ? null : (
        <label>
          <input
            type="checkbox"
            checked={query.get("levels") !== "off"}
            onChange={(event) => change({ levels: event.currentTarget.checked ? undefined : "off" })}
          />
          reference levels
        </label>
      )}
      {curve.hasHidden ? <OtherTemperatures /> : null}
    </form>
  );
}

/**
 * @file The playground's form: which models, how many steps, a prompt or holes, and how it is drawn.
 */
import type { PlayChoices } from "../../../server/play/routes.js";
import { Select } from "../select.js";

export interface Chosen {
  readonly model: string;
  readonly steps: number;
}

interface ColumnProps {
  readonly models: PlayChoices["models"];
  readonly chosen: Chosen;
  readonly place: number;
  readonly onChange: (chosen: Chosen | undefined) => void;
}

export function Column({ models, chosen, place: at, onChange }: ColumnProps) {
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

export interface Settings {
  readonly text: string;
  readonly tokens: number;
  readonly sampler: string;
  readonly temperature: number;
  readonly seed: number;
}

export const usualSettings: Settings = {
  text: "And God said",
  tokens: 64,
  sampler: "ancestral",
  temperature: 1,
  seed: 1,
};

export function Options({
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

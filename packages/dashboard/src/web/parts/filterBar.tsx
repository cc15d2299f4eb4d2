/**
 * @file Filtering of runs, by words and by clicks, which write the same words.
 */
import { useEffect, useState } from "preact/hooks";
import { change, place } from "../place.js";
import { Select } from "./select.js";

/** The filter with this term put in, or taken out if it is there. */
function toggled(filter: string, term: string): string {
  const terms = filter.split(/\s+/).filter((word) => word !== "");
  return (terms.includes(term) ? terms.filter((word) => word !== term) : [...terms, term]).join(" ");
}

function Clicks({ filter, statuses }: { filter: string; statuses: Readonly<Record<string, number>> }) {
  const terms = [
    ...["round", "story", "curve", "pretrain"].map((stage) => `stage:${stage}`),
    ...["running", "failed"].map((s) => `status:${s}`),
  ];
  const set = (term: string) => change({ filter: toggled(filter, term), offset: undefined });
  return (
    <span class="clicks">
      {terms.map((term) => {
        const count = term.startsWith("status:") ? statuses[term.slice(7)] : undefined;
        return (
          <button type="button" key={term} aria-pressed={filter.split(/\s+/).includes(term)} onClick={() => set(term)}>
            {term}
            {count === undefined ? "" : ` (${count})`}
          </button>
        );
      })}
    </span>
  );
}

function useFilter() {
  const filter = place.value.query.get("filter") ?? "";
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  const submit = (event: Event) => {
    event.preventDefault();
    change({ filter: text.trim() || undefined, offset: undefined });
  };
  return { filter, text, setText, submit };
}

function Words({ text, setText, placeholder }: { text: string; setText: (text: string) => void; placeholder: string }) {
  return (
    <>
      <label class="grow">
        Filter{" "}
        <input
          type="search"
          value={text}
          placeholder={placeholder}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Filter</button>
    </>
  );
}

/** The words alone, where there is nothing to click. */
export function FilterWords({ placeholder }: { placeholder: string }) {
  const { text, setText, submit } = useFilter();
  return (
    <form class="bar" aria-label="filter" onSubmit={submit}>
      <Words text={text} setText={setText} placeholder={placeholder} />
    </form>
  );
}

export function FilterBar({
  configKeys,
  statuses,
}: {
  configKeys: readonly string[];
  statuses: Readonly<Record<string, number>>;
}) {
  const { query } = place.value;
  const { filter, text, setText, submit } = useFilter();
  const columns = (query.get("columns") ?? "").split(",").filter((key) => key !== "");
  const free = configKeys.filter((key) => !columns.includes(key));
  return (
    <form class="bar" aria-label="filter" onSubmit={submit}>
      <Words text={text} setText={setText} placeholder='stage:round lr>=0.001 seed:1,2 -tag:bad "words"' />
      <Clicks filter={filter} statuses={statuses} />
      <Select
        label="Column"
        value=""
        choices={[["", "add …"], ...free.map((key) => [key, key] as const)]}
        onChoose={(key) => change({ columns: [...columns, key].join(",") })}
      />
      {columns.map((key) => (
        <button
          type="button"
          key={key}
          aria-label={`take away column ${key}`}
          onClick={() => change({ columns: columns.filter((other) => other !== key).join(",") || undefined })}
        >
          {key} ×
        </button>
      ))}
      <label>
        <input
          type="checkbox"
          checked={query.get("archived") === "yes"}
          onChange={(event) => change({ archived: event.currentTarget.checked ? "yes" : undefined, offset: undefined })}
        />
        archived
      </label>
    </form>
  );
}

/**
 * @file A run's tags: set, taken away, and `archived`, which hides the run from the list.
 */
import { useState } from "preact/hooks";
import type { RunItem } from "../../read/runs.js";
import { author } from "../api.js";
import { Notice } from "./basics.js";
import { useWrite } from "./write.js";

export function Tags({ item: { run, tags, isArchived } }: { item: RunItem }) {
  const [by, setBy] = useState(author());
  const [tag, setTag] = useState("");
  const { error, write } = useWrite();
  const set = (name: string, isSet: boolean) => write("/api/tags", { runId: run.id, tag: name, isSet }, by);
  const add = async (event: Event) => {
    event.preventDefault();
    if (await set(tag.trim(), true)) setTag("");
  };
  return (
    <form class="bar" onSubmit={add}>
      {tags.map((name) => (
        <button
          type="button"
          key={name}
          class="tag"
          aria-label={`take away tag ${name}`}
          onClick={() => void set(name, false)}
        >
          {name} ×
        </button>
      ))}
      <label>
        Tag <input value={tag} maxLength={50} size={12} onInput={(event) => setTag(event.currentTarget.value)} />
      </label>
      <label>
        by{" "}
        <input
          value={by}
          maxLength={100}
          size={10}
          placeholder="your name"
          onInput={(event) => setBy(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Add tag</button>
      <button type="button" onClick={() => void set("archived", !isArchived)}>
        {isArchived ? "Take out of the archive" : "Archive"}
      </button>
      {error === "" ? null : <Notice kind="error">{error}</Notice>}
    </form>
  );
}

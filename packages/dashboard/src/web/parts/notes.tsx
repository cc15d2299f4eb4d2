/** @file Notes of meetings as they were written, and the form that writes one. */
import { useState } from "preact/hooks";
import { verdicts, verdictTitles } from "../../read/verdicts.js";
import type { ShownNote } from "../../read/weeks/seen.js";
import { author } from "../api.js";
import { Notice, Text, Time } from "./basics.js";
import { Select } from "./select.js";
import { useWrite } from "./write.js";

export function Note({ note }: { note: ShownNote }) {
  const show = (element: HTMLDivElement | null) => {
    if (element !== null) element.innerHTML = note.html;
  };
  return (
    <article class="note">
      <h3>
        {note.week ?? "no week"}
        {note.verdict ? <span class={`verdict ${note.verdict}`}>{verdictTitles[note.verdict]}</span> : null}
      </h3>
      <p class="quiet">
        <Text text={note.author} max={100} />, <Time at={note.at} />
      </p>
      <div ref={show} />
    </article>
  );
}

interface EditorProps {
  readonly experiment: string;
  readonly week: string;
  /** The verdict that stands there until somebody chooses another. */
  readonly proposed: string;
}

export function Editor({ experiment, week, proposed }: EditorProps) {
  const [text, setText] = useState("");
  const [verdict, setVerdict] = useState<string>();
  const [by, setBy] = useState(author());
  const { error, write } = useWrite();
  const [isSaved, setSaved] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    const saved = await write("/api/notes", { experiment, text, week, verdict: (verdict ?? proposed) || null }, by);
    setSaved(saved);
    if (saved) setText("");
  };
  return (
    <form class="editor" onSubmit={save}>
      <label>
        Note (Markdown)
        <textarea rows={5} value={text} maxLength={20_000} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <div class="bar">
        <Select
          label="Verdict"
          value={verdict ?? proposed}
          choices={[["", "none"], ...verdicts.map((v) => [v, verdictTitles[v]] as const)]}
          onChoose={setVerdict}
        />
        <label>
          Your name <input value={by} required maxLength={100} onInput={(event) => setBy(event.currentTarget.value)} />
        </label>
        <button type="submit">Save for {week}</button>
      </div>
      {error === "" ? null : <Notice kind="error">{error}</Notice>}
      {isSaved && error === "" ? <Notice>Saved.</Notice> : null}
    </form>
  );
}

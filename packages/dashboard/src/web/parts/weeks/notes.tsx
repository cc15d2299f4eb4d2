/** @file Notes of meetings as they stand, with what they said before, and the form that writes or changes one. */
import { useState } from "preact/hooks";
import { verdicts, verdictTitles } from "../../../read/verdicts.js";
import type { ShownNote } from "../../../read/weeks/seen.js";
import { author } from "../../api.js";
import { Notice, Text, Time } from "../basics.js";
import { Select } from "../select.js";
import { useWrite } from "../write.js";

/** What it said before it was changed, the newest first; as it was typed. */
function Before({ note: { edited, before = [] } }: { note: ShownNote }) {
  if (!edited) return null;
  return (
    <details>
      <summary>
        changed by <Text text={edited.author} max={100} />, <Time at={edited.at} />
      </summary>
      {[...before].reverse().map(({ at, author: by, text, verdict }) => (
        <div key={at + text}>
          <p class="quiet">
            <Text text={by} max={100} />, <Time at={at} />: {verdict ? verdictTitles[verdict] : "no verdict"}
          </p>
          <pre dir="auto">
            <Text text={text} max={20_000} />
          </pre>
        </div>
      ))}
    </details>
  );
}

interface NoteProps {
  readonly note: ShownNote;
  /** Of which it is; left out: it can only be read. */
  readonly experiment?: string | undefined;
}

export function Note({ note, experiment }: NoteProps) {
  const [isEdited, setEdited] = useState(false);
  const show = (element: HTMLDivElement | null) => {
    if (element !== null) element.innerHTML = note.html;
  };
  const close = () => setEdited(false);
  return (
    <article class="note">
      <h3>
        {note.week ?? "no week"}
        {note.verdict ? <span class={`verdict ${note.verdict}`}>{verdictTitles[note.verdict]}</span> : null}
      </h3>
      <p class="quiet">
        <Text text={note.author} max={100} />, <Time at={note.at} />
        {experiment === undefined ? null : (
          <button type="button" class="number" aria-expanded={isEdited} onClick={() => setEdited(!isEdited)}>
            change it
          </button>
        )}
      </p>
      {isEdited && experiment !== undefined ? (
        <Editor experiment={experiment} week={note.week} proposed={note.verdict ?? ""} note={note} onDone={close} />
      ) : (
        <div ref={show} />
      )}
      <Before note={note} />
    </article>
  );
}

interface EditorProps {
  readonly experiment: string;
  readonly week: string | null;
  /** The verdict that stands there until somebody chooses another. */
  readonly proposed: string;
  /** The one that is changed; left out: a new one. */
  readonly note?: ShownNote;
  readonly onDone?: () => void;
}

export function Editor({ experiment, week, proposed, note, onDone }: EditorProps) {
  const [text, setText] = useState(note?.text ?? "");
  const [verdict, setVerdict] = useState<string>();
  const [by, setBy] = useState(author());
  const { error, write } = useWrite();
  const [isSaved, setSaved] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    const own = { experiment, text, week, verdict: (verdict ?? proposed) || null, ...(note && { edits: note.id }) };
    const saved = await write("/api/notes", own, by);
    setSaved(saved);
    if (saved && !note) setText("");
    if (saved) onDone?.();
  };
  return (
    <form class="editor" onSubmit={save}>
      <label>
        {note ? "Changed to (Markdown)" : "Note (Markdown)"}
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
        <button type="submit">{note ? "Change it, and keep what it said" : `Save for ${week}`}</button>
      </div>
      {error === "" ? null : <Notice kind="error">{error}</Notice>}
      {isSaved && error === "" ? <Notice>Saved.</Notice> : null}
    </form>
  );
}

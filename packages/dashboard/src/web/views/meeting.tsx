/**
 * @file Meeting: notes and a verdict per experiment and week, with author and time, kept in the store.
 */
import { useState } from "preact/hooks";
import { preferredText } from "../../charts/data/preferred.js";
import type { AnswerTo } from "../../protocol.js";
import { verdicts, verdictTitles } from "../../read/verdicts.js";
import { mondayOf, weekOf } from "../../read/week.js";
import { author, useAnswer } from "../api.js";
import { Asked, Notice, Text, Time } from "../parts/basics.js";
import { ExperimentSelect, Select } from "../parts/select.js";
import { useWrite } from "../parts/write.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

type Notes = AnswerTo<"/api/notes">;
/** A note with its text as HTML, which the server made from Markdown without letting any HTML through. */
type ShownNote = Notes["notes"][number];

function Note({ note }: { note: ShownNote }) {
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

function Editor({ experiment, week }: { experiment: string; week: string }) {
  const [text, setText] = useState("");
  const [verdict, setVerdict] = useState("");
  const [by, setBy] = useState(author());
  const { error, write } = useWrite();
  const [isSaved, setSaved] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    const saved = await write("/api/notes", { experiment, text, week, verdict: verdict || null }, by);
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
          value={verdict}
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

function Content({ data: { experiment, notes, blind }, week }: { data: Notes; week: string }) {
  const ofWeek = notes.filter((note) => note.week === week);
  const others = notes.filter((note) => note.week !== week).reverse();
  const { name, question } = experiment;
  return (
    <>
      <form class="bar" onSubmit={(event) => event.preventDefault()}>
        <ExperimentSelect value={name} />
        <label>
          Week{" "}
          <input type="text" size={9} value={week} onChange={(event) => change({ week: event.currentTarget.value })} />
        </label>
        <a href={address("/curve", { experiment: name })}>its curve</a>
        <a href={address("/api/report.html", { experiment: name })} download>
          frozen report
        </a>
      </form>
      <p>{question === "" ? "No question was written down." : <Text text={question} max={1000} />}</p>
      <p>
        <a href={address("/blind", { experiment: name })}>Blind test</a>: two samples side by side, without saying
        whose: which would you rather read?
      </p>
      {blind.length === 0 ? null : (
        <ul>
          {blind.map((result) => (
            <li key={result.a + result.b}>
              <Text text={preferredText(result)} max={600} />
            </li>
          ))}
        </ul>
      )}
      <h2>{week}</h2>
      {ofWeek.length === 0 ? <p class="quiet">Nothing is written down for this week yet.</p> : null}
      {ofWeek.map((note) => (
        <Note key={note.at + note.text} note={note} />
      ))}
      <Editor experiment={name} week={week} />
      {others.length === 0 ? null : <h2>Other weeks</h2>}
      {others.map((note) => (
        <Note key={note.at + note.text} note={note} />
      ))}
    </>
  );
}

function MeetingPage() {
  const { query } = place.value;
  const given = query.get("week");
  const isWeek = given === null || mondayOf(given) !== undefined;
  const week = given !== null && isWeek ? given : weekOf(new Date());
  const answer = useAnswer("/api/notes", { experiment: query.get("experiment") ?? undefined });
  return (
    <>
      <h1>Meeting</h1>
      {isWeek ? null : (
        <Notice>
          “{given?.slice(0, 30)}” is no week such as 2026-W47; this is {week}.
        </Notice>
      )}
      <Asked answer={answer}>{(data) => <Content data={data} week={week} />}</Asked>
    </>
  );
}

export const view: View = { title: "Meeting", inMenu: 6, page: MeetingPage, known: ["experiment", "week"] };

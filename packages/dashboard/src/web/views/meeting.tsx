/**
 * @file Meeting: a week's answer, what changed since the last one, failures, samples, votes and notes; frozen with one button.
 */
import { useState } from "preact/hooks";
import { preferredText } from "../../charts/data/preferred.js";
import { verdictTitles } from "../../read/verdicts.js";
import type { Meeting } from "../../read/weeks/seen.js";
import { mondayOf, weekOf } from "../../read/weeks/week.js";
import { author, useAnswer } from "../api.js";
import { Answer, CurveBox } from "../parts/answer.js";
import { Asked, Notice, Text } from "../parts/basics.js";
import { Editor, Note } from "../parts/weeks/notes.js";
import { RunList, Runs } from "../parts/runList.js";
import { SampleView } from "../parts/sample.js";
import { ExperimentSelect } from "../parts/select.js";
import { Changes, FrozenAbout, Weeks } from "../parts/weeks/weeks.js";
import { useWrite } from "../parts/write.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

function Freeze({ meeting: { experiment, week } }: { meeting: Meeting }) {
  const [by, setBy] = useState(author());
  const [isKept, setKept] = useState(false);
  const { error, write } = useWrite();
  const freeze = async (event: Event) => {
    event.preventDefault();
    setKept(await write("/api/meetings", { experiment: experiment.name, week }, by));
  };
  return (
    <form class="bar" onSubmit={freeze}>
      <label>
        Frozen by <input value={by} required maxLength={100} onInput={(event) => setBy(event.currentTarget.value)} />
      </label>
      <button type="submit">Freeze what this meeting saw</button>
      {error === "" ? null : <Notice kind="error">{error}</Notice>}
      {isKept && error === "" ? <Notice>Frozen: it is in the list of weeks.</Notice> : null}
    </form>
  );
}

function Bar({ meeting: { experiment, week } }: { meeting: Meeting }) {
  const step = (weeks: number) => weekOf(new Date((mondayOf(week) as Date).getTime() + weeks * 7 * 86_400_000));
  return (
    <form class="bar" onSubmit={(event) => event.preventDefault()}>
      <ExperimentSelect value={experiment.name} />
      <button type="button" aria-label="the week before" onClick={() => change({ week: step(-1), frozen: undefined })}>
        ‹
      </button>
      <label>
        Week{" "}
        <input
          type="text"
          size={9}
          value={week}
          onChange={(event) => change({ week: event.currentTarget.value, frozen: undefined })}
        />
      </label>
      <button type="button" aria-label="the week after" onClick={() => change({ week: step(1), frozen: undefined })}>
        ›
      </button>
      <a href={address("/curve", { experiment: experiment.name })}>its curve</a>
      <a href={address("/api/report.html", { experiment: experiment.name })} download>
        report as a file
      </a>
    </form>
  );
}

/** What `eval:report` measured of the experiment's runs. */
function Evaluations({ experiment }: { experiment: string }) {
  const { data } = useAnswer("/api/reports", { experiment });
  if (data === undefined || data.length === 0) return null;
  return (
    <p>
      Complete evaluations, as files:{" "}
      {data.slice(0, 12).map(({ name, at }) => (
        <span key={name} class="count">
          <a href={address("/api/evaluation.html", { name })} download={`${name}.html`}>
            <Text text={name} max={60} />
          </a>{" "}
          <span class="quiet">{at.slice(0, 10)}</span>
        </span>
      ))}
    </p>
  );
}

function Votes({ meeting: { blind, experiment } }: { meeting: Meeting }) {
  return (
    <>
      <p>
        <a href={address("/blind", { experiment: experiment.name })}>Blind test</a>: two samples side by side, without
        saying whose: which would you rather read?
      </p>
      <ul>
        {blind.map((result) => (
          <li key={result.a + result.b}>
            <Text text={preferredText(result)} max={600} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** The week in numbers, and whom people prefer. */
function Week({ meeting }: { meeting: Meeting }) {
  const { since, until, failures, counts } = meeting;
  return (
    <>
      <p class="counts">
        From {since.slice(0, 10)} until {until.slice(0, 10)}: <strong>{counts.runs}</strong> runs with a sign of life,{" "}
        <strong>{failures.length}</strong> of them failed, <strong>{counts.evaluations}</strong> new evaluations.
      </p>
      <h2>Human preference</h2>
      <Votes meeting={meeting} />
    </>
  );
}

function Answered({ meeting }: { meeting: Meeting }) {
  const { answer, since, curve, samples, frozen, proposed, experiment } = meeting;
  if (answer === null)
    return (
      <>
        <Notice>
          No student has been held against its teacher yet: <code>npx sdtt round</code> distils one and measures it.
        </Notice>
        <Week meeting={meeting} />
      </>
    );
  const query = frozen === null ? { query: new URLSearchParams({ experiment: experiment.name }).toString() } : {};
  return (
    <>
      <div class="beside">
        <div>
          <Answer answer={answer} since={since} />
          {proposed === null ? null : (
            <p>
              Proposed verdict: <span class={`verdict ${proposed}`}>{verdictTitles[proposed]}</span>
            </p>
          )}
          <Week meeting={meeting} />
        </div>
        <CurveBox curve={curve} {...query} />
      </div>
      <div class="columns">
        {samples.map(({ label, steps, sample }) => (
          <section key={label}>
            <h3>
              <Text text={`${label}, ${steps} steps`} max={60} />
            </h3>
            <SampleView sample={sample} steps={steps} />
          </section>
        ))}
      </div>
    </>
  );
}

function Notes({ meeting: { notes, week, experiment, proposed, frozen } }: { meeting: Meeting }) {
  const ofWeek = notes.filter((note) => note.week === week);
  const others = notes.filter((note) => note.week !== week).reverse();
  const own = frozen === null ? experiment.name : undefined;
  const hasVerdict = ofWeek.some(({ verdict }) => verdict !== null);
  return (
    <>
      <h2>Notes and verdict of {week}</h2>
      {ofWeek.length === 0 ? <p class="quiet">Nothing is written down for this week yet.</p> : null}
      {ofWeek.map((note) => (
        <Note key={note.at + note.author} note={note} experiment={own} />
      ))}
      {frozen === null ? (
        <Editor key={week} experiment={experiment.name} week={week} proposed={hasVerdict ? "" : (proposed ?? "")} />
      ) : null}
      {others.length === 0 ? null : <h2>Notes of other weeks</h2>}
      {others.map((note) => (
        <Note key={note.at + note.author} note={note} experiment={own} />
      ))}
    </>
  );
}

function Content({ meeting }: { meeting: Meeting }) {
  const { experiment, runs, failures, counts, frozen } = meeting;
  return (
    <>
      <Bar meeting={meeting} />
      <FrozenAbout meeting={meeting} />
      <p>
        {experiment.question === "" ? "No question was written down." : <Text text={experiment.question} max={1000} />}
      </p>
      <Answered meeting={meeting} />
      <h2>What changed</h2>
      <Changes meeting={meeting} />
      <Runs title="Failures" runs={failures} />
      {runs.length === 0 ? null : (
        <details>
          <summary>
            Runs: the newest {runs.length} of {counts.runs}
          </summary>
          <RunList runs={runs} />
        </details>
      )}
      <Evaluations experiment={experiment.name} />
      <Notes meeting={meeting} />
      {frozen === null ? <Freeze meeting={meeting} /> : null}
      <h2>Weeks</h2>
      <Weeks meeting={meeting} />
    </>
  );
}

function MeetingPage() {
  const { query } = place.value;
  const given = query.get("week");
  const isWeek = given === null || mondayOf(given) !== undefined;
  const week = given !== null && isWeek ? given : weekOf(new Date());
  const parts = { experiment: query.get("experiment") ?? undefined, frozen: query.get("frozen") ?? undefined };
  const answer = useAnswer("/api/meeting", { ...parts, week });
  return (
    <>
      <h1>Meeting</h1>
      {isWeek ? null : (
        <Notice>
          “{given?.slice(0, 30)}” is no week such as 2026-W47; this is {week}.
        </Notice>
      )}
      <Asked answer={answer}>{(meeting) => <Content meeting={meeting} />}</Asked>
    </>
  );
}

export const view: View = { title: "Meeting", inMenu: 6, page: MeetingPage, known: ["experiment", "week", "frozen"] };

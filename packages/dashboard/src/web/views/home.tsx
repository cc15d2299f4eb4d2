/**
 * @file Home: the answer in words with its curve and two samples, then what failed, runs and is to be decided, then all that is
 * new since a date, and every experiment with its question and its last verdict.
 */
import { familyNote, formatNumber } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import { gainText, neededText } from "../../charts/data/words.js";
import { curveChart } from "../../charts/drawing/curveChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import type { AnswerTo } from "../../protocol.js";
import type { BriefRun, Home } from "../../read/home.js";
import type { News } from "../../read/news.js";
import { verdictTitles } from "../../read/verdicts.js";
import { useAnswer } from "../api.js";
import { Asked, Heads, Notice, Status, Text, Time, Wide } from "../parts/basics.js";
import { ChartBox } from "../parts/chart.js";
import { SampleView } from "../parts/sample.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

const dayMs = 86_400_000;

function Since({ since }: { since: string }) {
  const ago = (days: number) => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);
  const label = (days: number) => (days === 1 ? "a day" : days === 7 ? "a week" : `${days} days`);
  return (
    <form class="bar" onSubmit={(event) => event.preventDefault()}>
      <label>
        What is new since{" "}
        <input
          type="date"
          value={since.slice(0, 10)}
          onChange={(event) => change({ since: event.currentTarget.value })}
        />
      </label>
      {[1, 7, 30].map((days) => (
        <button type="button" key={days} onClick={() => change({ since: ago(days) })}>
          {label(days)}
        </button>
      ))}
    </form>
  );
}

function Counts({ counts }: { counts: Home["counts"] }) {
  const { runs, finished, running, evaluations } = counts;
  return (
    <p class="counts">
      <a href={address("/runs", {})}>
        <strong>{runs}</strong> runs
      </a>{" "}
      with a sign of life: <strong>{finished}</strong> finished, <strong>{running}</strong> running ·{" "}
      <strong>{evaluations}</strong> new evaluations
    </p>
  );
}

function NewsRow({ news: n }: { news: News }) {
  return (
    <tr>
      <th scope="row">
        <a href={address("/curve", { experiment: n.experiment, steps: String(n.steps) })}>
          <Text text={n.experiment} max={40} />
        </a>
      </th>
      <td>
        <Text text={n.label} max={60} />
      </td>
      <td>{n.steps}</td>
      <td>{formatNumber(n.nfe)}</td>
      <td>{neededText(n)}</td>
      <td class={n.verdict === "better" ? "good" : ""}>{gainText(n)}</td>
    </tr>
  );
}

function NewsTable({ news }: { news: readonly News[] }) {
  if (news.length === 0) return <Notice>No student has been judged since then.</Notice>;
  const families = [...new Map(news.map(({ experiment, family }) => [experiment, family])).values()];
  const family =
    families.length === 1
      ? familyNote(families[0] as number, "gains")
      : "verdicts at 5 % for all gains of an experiment together (Holm)";
  return (
    <Wide label="what students come to">
      <table>
        <caption>
          Students of the newest round with something new, at their own entropy: how many steps their teacher needs for
          the same text, and its gen-PPL there by theirs with a 95 % interval; {family}
        </caption>
        <Heads
          of={["experiment", "student", "steps", "NFE", "teacher steps for the same", "gain at matched entropy"]}
        />
        <tbody>
          {news.map((n) => (
            <NewsRow key={`${n.experiment} ${n.label} ${n.steps}`} news={n} />
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function RunList({ runs }: { runs: readonly (BriefRun & { readonly why?: string })[] }) {
  return (
    <ul class="plain">
      {runs.map(({ id, status, heartbeatAt, why }) => (
        <li key={id}>
          <Status status={status} />{" "}
          <a href={address("/run", { id })}>
            <Text text={id} max={60} />
          </a>{" "}
          <span class="quiet">
            <Time at={heartbeatAt} /> {why ? <Text text={why} max={300} /> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Sweeps({ sweeps }: { sweeps: Home["sweeps"] }) {
  return (
    <ul class="plain">
      {sweeps.map(({ experiment, fresh, counts }) => (
        <li key={experiment}>
          <a href={address("/sweeps", { experiment })}>
            <Text text={experiment} max={60} />
          </a>{" "}
          <strong>{fresh}</strong> cells finished since;{" "}
          {Object.entries(counts).map(([state, count]) => (
            <span key={state} class="count">
              <Status status={state} /> {count}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Experiments({ experiments }: { experiments: Home["experiments"] }) {
  return (
    <Wide label="experiments">
      <table>
        <Heads of={["experiment", "question", "verdict", "runs", "evaluations", "new"]} words={["question"]} />
        <tbody>
          {experiments.map(({ name, question, verdict, runs, evaluations, fresh }) => (
            <tr key={name}>
              <th scope="row">
                <a href={address("/curve", { experiment: name })}>
                  <Text text={name} max={40} />
                </a>
              </th>
              <td class="words">{question === "" ? "–" : <Text text={question} max={200} />}</td>
              <td>
                <a href={address("/meeting", { experiment: name })}>
                  {verdict?.verdict
                    ? `${verdictTitles[verdict.verdict]} (${verdict.week ?? verdict.at.slice(0, 10)})`
                    : "none yet"}
                </a>
              </td>
              <td>{runs}</td>
              <td>{evaluations}</td>
              <td>{fresh === 0 ? "–" : fresh}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Answer({ answer, since }: { answer: NonNullable<Home["answer"]>; since: string }) {
  const { experiment, head, lines, steps, isNew, family } = answer;
  const rest = lines.filter(({ sentence }) => sentence !== head);
  return (
    <section class="words-box" aria-label="the answer">
      <p class="head">
        {isNew ? `Since ${since.slice(0, 10)}: ` : "Nothing new was judged. Before: "}
        <strong>
          <Text text={head} max={600} />
        </strong>
      </p>
      {rest.map(({ label, trust, sentence }) => (
        <p key={label}>
          <span class={`trust ${trust === "told apart" ? "clear" : "overlapping"}`}>{trust}</span>{" "}
          <Text text={sentence} max={600} />
        </p>
      ))}
      <p class="quiet">
        <a href={address("/curve", { experiment, steps: String(steps) })}>
          <Text text={experiment} max={60} />
        </a>
        , newest round, at {steps} steps, which was fixed beforehand; {family}.
      </p>
    </section>
  );
}

function Curve({ experiment }: { experiment: string }) {
  const answer = useAnswer("/api/curve", { experiment });
  return (
    <Asked answer={answer}>
      {(curve) => <CurveBox curve={curve} query={new URLSearchParams({ experiment }).toString()} />}
    </Asked>
  );
}

function CurveBox({ curve, query }: { curve: AnswerTo<"/api/curve">; query: string }) {
  const make = useCallback((colors: Theme) => curveChart(curve, colors), [curve]);
  return (
    <ChartBox
      make={make}
      label="quality and entropy against steps; the quality view has the numbers"
      file="curve"
      query={query}
    />
  );
}

function OneSample({ label, id }: { label: string; id: string }) {
  const answer = useAnswer("/api/samples", { key: id, limit: "1" });
  return (
    <section>
      <h3>
        <Text text={label} max={60} />
      </h3>
      <Asked answer={answer}>
        {({ samples: [sample], evaluation }) =>
          sample ? <SampleView sample={sample} steps={evaluation.steps} /> : <Notice>No sample of it was kept.</Notice>
        }
      </Asked>
    </section>
  );
}

/** The student's beside its teacher's, of the same step count. */
function TwoSamples({ answer: { lines, teacher, steps } }: { answer: NonNullable<Home["answer"]> }) {
  const [student] = lines;
  const pair = [student, teacher].flatMap((one) => (one?.keys[0] ? [{ label: one.label, id: one.keys[0] }] : []));
  return (
    <div class="columns">
      {pair.map(({ label, id }) => (
        <OneSample key={id} label={`${label}, ${steps} steps`} id={id} />
      ))}
    </div>
  );
}

function Undecided({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p>
      To be decided:{" "}
      {names.slice(0, 8).map((experiment) => (
        <a key={experiment} class="tag" href={address("/meeting", { experiment })}>
          <Text text={experiment} max={40} />
        </a>
      ))}
      {names.length > 8 ? ` and ${names.length - 8} more` : ""}
    </p>
  );
}

function Runs({ title, runs }: { title: string; runs: readonly (BriefRun & { readonly why?: string })[] }) {
  if (runs.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <RunList runs={runs} />
    </>
  );
}

function Content({ home }: { home: Home }) {
  if (home.experiments.length === 0) {
    return (
      <Notice>
        The store is empty. Run <code>npx sdtt round</code>: its figures appear here as they come. Or see what they will
        look like: <code>npx sdtt serve --demo</code>.
      </Notice>
    );
  }
  const { answer, runs } = home;
  return (
    <>
      <div class={answer ? "beside" : ""}>
        {answer ? (
          <Answer answer={answer} since={home.since} />
        ) : (
          <Notice>
            No student has been held against its teacher yet: <code>npx sdtt round</code> distils one and measures it.
          </Notice>
        )}
        {answer ? <Curve experiment={answer.experiment} /> : null}
      </div>
      {answer ? <TwoSamples answer={answer} /> : null}
      {answer ? (
        <p>
          <a href={address("/blind", { experiment: answer.experiment })}>A blind test of the two</a> ·{" "}
          <a href="/playground">the playground</a>
        </p>
      ) : null}
      <Runs title="Failures" runs={home.failures} />
      <Runs title="Running" runs={runs.filter(({ status }) => status === "running")} />
      {home.sweeps.length === 0 ? null : (
        <>
          <h2>Sweeps</h2>
          <Sweeps sweeps={home.sweeps} />
        </>
      )}
      <Undecided names={home.undecided} />
      <h2>All that is new</h2>
      <Since since={home.since} />
      <Counts counts={home.counts} />
      <NewsTable news={home.news} />
      <h2>Experiments</h2>
      <Experiments experiments={home.experiments} />
      <h2>Newest runs</h2>
      {runs.length === 0 ? <Notice>No run gave a sign of life since then.</Notice> : <RunList runs={runs} />}
    </>
  );
}

function HomePage() {
  const since = place.value.query.get("since") ?? undefined;
  const answer = useAnswer("/api/home", { since });
  return (
    <>
      <h1>Did it help?</h1>
      <Asked answer={answer}>{(home) => <Content home={home} />}</Asked>
    </>
  );
}

export const view: View = { title: "Home", inMenu: 0, page: HomePage, known: ["since"] };

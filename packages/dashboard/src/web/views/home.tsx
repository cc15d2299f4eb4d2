/**
 * @file Home: the answer in words with its curve and two samples, then what failed, runs and is to be decided, then all that is
 * new since a date, and every experiment with its question and its last verdict.
 */
import { bestSamplerText, gainText, neededText } from "../../charts/data/words.js";
import type { Home } from "../../read/home.js";
import { verdictTitles } from "../../read/verdicts.js";
import { useAnswer } from "../api.js";
import { Answer, AnswerCurve, TwoSamples } from "../parts/answer.js";
import { Asked, Heads, Notice, Status, Text, Wide } from "../parts/basics.js";
import { NewsTable } from "../parts/newsTable.js";
import { RunList, Runs } from "../parts/runList.js";
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

/** The answer is of one step count, which was fixed beforehand: the others of its student, so that none is hidden. */
function AtOtherSteps({ home: { news }, answer }: { home: Home; answer: NonNullable<Home["answer"]> }) {
  const label = answer.lines[0]?.label;
  const others = news.filter((n) => {
    return n.experiment === answer.experiment && n.label === label && n.steps !== answer.steps;
  });
  if (others.length === 0) return null;
  return (
    <Wide label="at other step counts">
      <table>
        <Heads of={["at other step counts", "teacher steps for the same", "gain at matched entropy"]} />
        <tbody>
          {others.map((n) => (
            <tr key={n.steps}>
              <th scope="row">
                <a href={address("/curve", { experiment: n.experiment, steps: String(n.steps) })}>{n.steps} steps</a>
              </th>
              <td>{neededText(n)}</td>
              <td class={n.verdict === "better" ? "good" : ""}>{gainText(n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

/** What else than ancestral steps does at the answer's step count, of whatever is trained. */
function DrawnOtherwise({ experiment, steps }: NonNullable<Home["answer"]>) {
  const { data } = useAnswer("/api/samplers", { experiment });
  const text = data && bestSamplerText(data, steps);
  if (!text) return null;
  return (
    <p>
      <a href={address("/samplers", { experiment })}>Drawn otherwise</a>, at {steps} steps,{" "}
      <Text text={text} max={300} />.
    </p>
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
          <div>
            <Answer answer={answer} since={home.since} />
            <AtOtherSteps home={home} answer={answer} />
            <DrawnOtherwise {...answer} />
            <Undecided names={home.undecided} />
            <p>
              <a href={address("/blind", { experiment: answer.experiment })}>A blind test of student and teacher</a> ·{" "}
              <a href="/playground">the playground</a>
            </p>
          </div>
        ) : (
          <Notice>
            No student has been held against its teacher yet: <code>npx sdtt round</code> distils one and measures it.
          </Notice>
        )}
        {answer ? <AnswerCurve experiment={answer.experiment} /> : null}
      </div>
      {answer ? <TwoSamples answer={answer} /> : null}
      <Runs title="Failures" runs={home.failures} />
      <Runs title="Running" runs={runs.filter(({ status }) => status === "running")} />
      {home.sweeps.length === 0 ? null : (
        <>
          <h2>Sweeps</h2>
          <Sweeps sweeps={home.sweeps} />
        </>
      )}
      {answer ? null : <Undecided names={home.undecided} />}
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

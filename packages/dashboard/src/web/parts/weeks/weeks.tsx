/** @file What changed since the last meeting, and the list of an experiment's weeks. */

import { verdictTitles } from "../../../read/verdicts.js";
import type { Meeting } from "../../../read/weeks/seen.js";
import { address } from "../../place.js";
import { Heads, Text, Time, Wide } from "../basics.js";

const kinds = { new: "new", verdict: "another verdict", gone: "no longer there" };
const maxChanges = 40;

function beforeText({ before, since }: Meeting): string {
  return before === null
    ? `what was measured before ${since.slice(0, 10)}, by today's figures`
    : `what the meeting of ${before.week} saw`;
}

export function Changes({ meeting }: { meeting: Meeting }) {
  const { changes, moved, same } = meeting.difference;
  const rest = `${moved} with another figure and the same verdict, ${same} as they were`;
  if (changes.length === 0)
    return (
      <p>
        No verdict changed against {beforeText(meeting)}: {rest}.
      </p>
    );
  return (
    <Wide label="what changed">
      <table>
        <caption>
          Gains at matched entropy against {beforeText(meeting)}; {rest}
        </caption>
        <Heads of={["student", "steps", "change", "before", "now"]} words={["change", "before", "now"]} />
        <tbody>
          {changes.slice(0, maxChanges).map(({ label, steps, kind, before, now, verdict }) => (
            <tr key={`${label} ${steps}`}>
              <th scope="row">
                <Text text={label} max={60} />
              </th>
              <td>{steps}</td>
              <td class="words">{kinds[kind]}</td>
              <td class="words">{before || "–"}</td>
              <td class={verdict === "better" ? "words good" : "words"}>{now || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length > maxChanges ? (
        <p class="quiet">{changes.length - maxChanges} further ones are left out.</p>
      ) : null}
    </Wide>
  );
}

/** `a1b2c3d4`: enough to tell two apart, all of it in the title. */
function FrozenLink({ experiment, week, hash }: { experiment: string; week: string; hash: string }) {
  return (
    <a href={address("/meeting", { experiment, week, frozen: hash })} title={hash}>
      {hash.slice(0, 8)}
    </a>
  );
}

export function Weeks({ meeting: { weeks, week: shown, experiment } }: { meeting: Meeting }) {
  if (weeks.length === 0) return <p class="quiet">Nothing has happened yet.</p>;
  const { name } = experiment;
  return (
    <Wide label="weeks">
      <table>
        <caption>Weeks in which something happened, what was found, and what meetings saw</caption>
        <Heads of={["week", "verdict", "frozen", "runs", "failed", "evaluations", "notes"]} />
        <tbody>
          {weeks.map(({ week, verdict, frozen, runs, failures, evaluations, notes }) => (
            <tr key={week}>
              <th scope="row">
                <a href={address("/meeting", { experiment: name, week })} aria-current={week === shown || undefined}>
                  {week}
                </a>
              </th>
              <td>{verdict ? verdictTitles[verdict] : "–"}</td>
              <td>
                {frozen.length === 0
                  ? "–"
                  : frozen.slice(0, 3).map((hash) => (
                      <span key={hash} class="count">
                        <FrozenLink experiment={name} week={week} hash={hash} />
                      </span>
                    ))}
              </td>
              <td>{runs}</td>
              <td>{failures === 0 ? "–" : failures}</td>
              <td>{evaluations}</td>
              <td>{notes === 0 ? "–" : notes}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

/** Over all that a frozen meeting saw. */
export function FrozenAbout({ meeting: { frozen, week, experiment } }: { meeting: Meeting }) {
  if (frozen === null) return null;
  const { author, at, hash, commit, isWhole } = frozen;
  return (
    <div class={isWhole ? "notice note" : "notice error"} role="status">
      {isWhole
        ? "What this meeting saw, whatever has changed since. "
        : "This was changed after it was frozen: it has not the hash that it was kept under. "}
      Frozen by <Text text={author} max={100} />, <Time at={at} />; hash <code>{hash.slice(0, 16)}</code>, page of
      commit <code>{commit.slice(0, 10)}</code>.{" "}
      <a href={address("/meeting", { experiment: experiment.name, week })}>As it stands now</a> ·{" "}
      <a href={address("/api/frozen", { experiment: experiment.name, hash })}>with all rows behind it, as JSON</a>
    </div>
  );
}

/** @file What students of the newest round come to at each step count, as home shows it. */
import { familyNote, formatNumber } from "@sdtt/core/statistics";
import { gainText, neededText } from "../../charts/data/words.js";
import type { News } from "../../read/news.js";
import { address } from "../place.js";
import { Heads, Notice, Text, Wide } from "./basics.js";

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

export function NewsTable({ news }: { news: readonly News[] }) {
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

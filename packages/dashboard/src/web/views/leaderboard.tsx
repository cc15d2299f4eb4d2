/**
 * @file Leaderboard: any result as a column, sorted and filtered, and any of them against any other.
 */
import { formatInterval, formatNumber } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import type { BoardCell, BoardRow, Column } from "../../charts/data/board.js";
import { scatterChart } from "../../charts/drawing/scatterChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import type { Leaderboard } from "../../read/leaderboard.js";
import { useAnswer } from "../api.js";
import { Asked, Notice, Text, Wide } from "../parts/basics.js";
import { ChartBox } from "../parts/chart.js";
import { FilterWords } from "../parts/filterBar.js";
import { Opened, openSamples } from "../parts/samples.js";
import { Select } from "../parts/select.js";
import { SortHead } from "../parts/sortHead.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

const part = (name: string): string | undefined => place.value.query.get(name) ?? undefined;

function CellView({ cell, title }: { cell: BoardCell; title: string }) {
  const { value, text, low, high, n, verdict, keys } = cell;
  if (value === null) return <td>{text === "" ? "–" : text}</td>;
  const shown = typeof value === "number" ? formatNumber(value) : String(value);
  const interval = low === null || high === null ? "" : formatInterval({ low, high });
  return (
    <td class={verdict === "better" ? "good" : ""}>
      {keys.length === 0 ? (
        <Text text={shown} max={30} />
      ) : (
        <button type="button" class="number" title={`Samples of ${title}`} onClick={() => openSamples(title, keys)}>
          {shown}
        </button>
      )}
      <small>
        {interval} {n === null ? "" : `n = ${n}`} {verdict}
      </small>
    </td>
  );
}

function Row({ row, columns, hasSeveral }: { row: BoardRow; columns: readonly Column[]; hasSeveral: boolean }) {
  const { experiment, name, runs, cells, kind } = row;
  return (
    <tr>
      <th scope="row">
        <a
          href={
            runs.length === 1
              ? address("/run", { id: runs[0] as string })
              : address("/compare", { run: runs.slice(0, 6) })
          }
        >
          <Text text={name} max={50} />
        </a>
        {kind === "student" ? null : <small>{kind}</small>}
      </th>
      {hasSeveral ? (
        <td class="words">
          <a href={address("/curve", { experiment })}>
            <Text text={experiment} max={24} />
          </a>
        </td>
      ) : null}
      {cells.map((cell, i) => (
        <CellView key={columns[i]?.key} cell={cell} title={`${name}, ${columns[i]?.title}`} />
      ))}
    </tr>
  );
}

function Table({ board }: { board: Leaderboard }) {
  const { rows, columns, experiments, sort } = board;
  if (rows.length === 0) return <Notice>Nothing is left. Change the filter.</Notice>;
  const hasSeveral = experiments.length > 1;
  return (
    <Wide label="leaderboard">
      <table class="board">
        <thead>
          <tr>
            <SortHead field="name" title="line" sort={sort} />
            {hasSeveral ? <SortHead field="experiment" title="experiment" sort={sort} /> : null}
            {columns.map((column) => (
              <SortHead
                key={column.key}
                field={column.key}
                title={column.title}
                note={column.wanted === null ? "" : `${column.wanted} is wanted`}
                sort={sort}
                isFallingFirst={column.wanted === "higher"}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={`${row.experiment} ${row.label}`} row={row} columns={columns} hasSeveral={hasSeveral} />
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Columns({ board: { columns, offered } }: { board: Leaderboard }) {
  const keys = columns.map(({ key }) => key);
  const set = (next: readonly string[]) => change({ columns: next.join(",") || undefined });
  const free = offered.filter(({ key }) => !keys.includes(key));
  return (
    <span class="clicks">
      <Select
        label="Column"
        value=""
        choices={[["", "add …"], ...free.map(({ key, title }) => [key, title] as const)]}
        onChoose={(key) => set([...keys, key])}
      />
      {columns.map(({ key, title }) => (
        <button
          type="button"
          key={key}
          aria-label={`take away column ${title}`}
          onClick={() => set(keys.filter((one) => one !== key))}
        >
          {title} ×
        </button>
      ))}
    </span>
  );
}

function Controls({ board }: { board: Leaderboard }) {
  const { experiments, leftOut, steps, stepChoices } = board;
  const names = [
    ["", leftOut > 0 ? `the newest ${experiments.length}` : "all"],
    ...experiments.map((name) => [name, name]),
  ] as const;
  const counts = stepChoices.map((one) => [String(one), String(one)] as const);
  return (
    <form class="bar" onSubmit={(event) => event.preventDefault()}>
      <Select
        label="Experiment"
        value={part("experiment") ?? ""}
        choices={names as readonly (readonly [string, string])[]}
        onChoose={(experiment) => change({ experiment, columns: undefined, sort: undefined })}
      />
      {counts.length === 0 ? null : (
        <Select
          label="Steps"
          value={String(steps)}
          choices={counts}
          onChoose={(next) => change({ steps: next, columns: undefined, sort: undefined })}
        />
      )}
      <Columns board={board} />
    </form>
  );
}

function Drawn({ board, query }: { board: Leaderboard; query: string }) {
  const make = useCallback((colors: Theme) => scatterChart(board, colors), [board]);
  const [x, y] = board.columns as [Column, Column];
  const left = board.rows.filter(({ cells }) => cells.slice(0, 2).some(({ value }) => value === null)).length;
  return (
    <>
      <ChartBox
        make={make}
        label={`${y.title} against ${x.title}; the table holds the numbers`}
        file="leaderboard"
        query={query}
        onOpen={openSamples}
      />
      <p class="quiet">
        Bars are 95 % intervals.{" "}
        {left === 0 ? "" : `${left} of ${board.rows.length} lines have no value in one of the two.`}
      </p>
    </>
  );
}

/** The scatter is a question of its own: two columns of the same rows. */
function Scatter({ board }: { board: Leaderboard }) {
  const numbers = board.columns.filter(({ isResult }) => isResult).map(({ key }) => key);
  const [x, y] = [part("x") ?? numbers.find((key) => key.startsWith("entropy")) ?? numbers[1], part("y") ?? numbers[0]];
  const choices = board.offered.map(({ key, title }) => [key, title] as const);
  const query =
    x && y ? { experiment: part("experiment"), filter: part("filter"), sort: "name", columns: `${x},${y}` } : null;
  const answer = useAnswer("/api/leaderboard", query);
  if (!query) return null;
  const text = address("", query).slice(1);
  return (
    <section aria-label="scatter">
      <h2>Any against any</h2>
      <form class="bar" onSubmit={(event) => event.preventDefault()}>
        <Select label="Up" value={y as string} choices={choices} onChoose={(key) => change({ y: key })} />
        <Select label="Along" value={x as string} choices={choices} onChoose={(key) => change({ x: key })} />
      </form>
      <Asked answer={answer}>{(two) => (two.columns.length < 2 ? null : <Drawn board={two} query={text} />)}</Asked>
    </section>
  );
}

function Content({ board }: { board: Leaderboard }) {
  if (board.experiments.length === 0) {
    return (
      <Notice>
        Nothing has been evaluated yet. <code>npx sdtt round</code> distils a student and measures it.
      </Notice>
    );
  }
  return (
    <>
      <Controls board={board} />
      <FilterWords placeholder="gain@8>1 round:2 name:mine" />
      <p class="quiet">
        {board.total} lines
        {board.leftOut > 0
          ? ` of the newest ${board.experiments.length} experiments; ${board.leftOut} are left out`
          : ""}
        . Seeds of one training are one line. Verdicts are corrected for all gains of an experiment (Holm); what is
        missing stands last.
      </p>
      <Table board={board} />
      <Opened />
      <Scatter board={board} />
    </>
  );
}

const asked = ["experiment", "steps", "columns", "sort", "filter"] as const;

function LeaderboardPage() {
  const answer = useAnswer("/api/leaderboard", Object.fromEntries(asked.map((name) => [name, part(name)])));
  return (
    <>
      <h1>Leaderboard</h1>
      {answer.error === undefined ? null : (
        <p>
          <a href="/leaderboard">Show it as it is without an address</a>
        </p>
      )}
      <Asked answer={answer}>{(board) => <Content board={board} />}</Asked>
    </>
  );
}

export const view: View = {
  title: "Leaderboard",
  inMenu: 2,
  page: LeaderboardPage,
  known: [...asked, "x", "y", "open", "title"],
};

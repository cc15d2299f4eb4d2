/**
 * @file Runs: sorted, filtered, chosen for comparison; each with its progress, and the training curves of the chosen.
 */

import { formatNumber } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import type { RunItem, RunPage } from "../../read/runs.js";
import { useAnswer } from "../api.js";
import { Asked, duration, Notice, Status, Text, Time, UnknownValues, Wide } from "../parts/basics.js";
import { FilterBar } from "../parts/filterBar.js";
import { Progress } from "../parts/progress.js";
import { RunLink } from "../parts/runList.js";
import { SortHead } from "../parts/sortHead.js";
import { TrainCurves, trainParts } from "../parts/trainCurves.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

const pageSize = 100;
const maxChosen = 6;

const heads = [
  ["id", "run"],
  ["stage", "stage"],
  ["round", "round"],
  ["seed", "seed"],
  ["status", "status"],
  ["update", "progress"],
  ["loss", "loss"],
  ["startedAt", "started"],
  ["seconds", "took"],
  ["machine", "machine"],
] as const;

function Row({ item, columns, chosen }: { item: RunItem; columns: readonly string[]; chosen: readonly string[] }) {
  const { run, tags } = item;
  const isChosen = chosen.includes(run.id);
  const choose = () => change({ run: isChosen ? chosen.filter((id) => id !== run.id) : [...chosen, run.id] });
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          checked={isChosen}
          disabled={!isChosen && chosen.length >= maxChosen}
          aria-label={`choose ${run.id.slice(0, 80)}`}
          onChange={choose}
        />
      </td>
      <th scope="row">
        <RunLink run={run} />{" "}
        {tags.map((tag) => (
          <a key={tag} class="tag" href={address("/runs", { filter: `tag=${tag}` })}>
            {tag}
          </a>
        ))}
      </th>
      <td>{run.stage}</td>
      <td>{run.round}</td>
      <td>{run.seed}</td>
      <td>
        <Status status={run.status} isSilent={item.isSilent} />
      </td>
      <td>
        <Progress item={item} />
      </td>
      <td>{formatNumber(item.progress?.loss ?? null)}</td>
      <td>
        <Time at={run.startedAt} />
      </td>
      <td>{duration(item.seconds)}</td>
      <td>
        <Text text={run.machine} max={20} />
      </td>
      {columns.map((key) => (
        <td key={key}>
          <Text text={JSON.stringify(item.columns[key] ?? null)} max={40} />
        </td>
      ))}
    </tr>
  );
}

function Pages({ total }: { total: number }) {
  const offset = Number(place.value.query.get("offset") ?? "0") || 0;
  if (total <= pageSize) return null;
  const to = (next: number) => change({ offset: next > 0 ? String(next) : undefined });
  return (
    <p class="bar">
      <button type="button" disabled={offset === 0} onClick={() => to(offset - pageSize)}>
        Earlier
      </button>
      {offset + 1} to {Math.min(total, offset + pageSize)} of {total}
      <button type="button" disabled={offset + pageSize >= total} onClick={() => to(offset + pageSize)}>
        Further
      </button>
    </p>
  );
}

function Table({ page, columns, chosen }: { page: RunPage; columns: readonly string[]; chosen: readonly string[] }) {
  const sort = place.value.query.get("sort") ?? "-startedAt";
  if (page.items.length === 0)
    return (
      <Notice>
        No run is left. Change the filter, show the archived ones, or make one: <code>npx sdtt round</code>, or{" "}
        <code>npx sdtt log --run=mine --step=1 loss=0.5</code> from a program of yours.
      </Notice>
    );
  return (
    <Wide label="runs">
      <table class="runs">
        <thead>
          <tr>
            <td />
            {heads.map(([field, title]) => (
              <SortHead key={field} field={field} title={title} sort={sort} />
            ))}
            {columns.map((key) => (
              <SortHead key={key} field={key} title={key} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {page.items.map((item) => (
            <Row key={item.run.id} item={item} columns={columns} chosen={chosen} />
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Chosen({ given }: { given: readonly string[] }) {
  const chosen = given.slice(0, maxChosen);
  const clear = useCallback(() => change({ run: undefined }), []);
  if (chosen.length === 0)
    return <p class="quiet">Choose up to {maxChosen} runs to see their training curves or compare them.</p>;
  return (
    <section aria-label="chosen runs">
      <p class="bar">
        {chosen.length} chosen: <a href={address("/compare", { run: chosen })}>Compare them</a>
        <button type="button" onClick={clear}>
          Choose none
        </button>
      </p>
      {given.length > maxChosen ? (
        <Notice>{`Only the first ${maxChosen} of ${given.length} runs are shown.`}</Notice>
      ) : null}
      <TrainCurves runs={chosen} />
    </section>
  );
}

function RunsPage() {
  const { query } = place.value;
  const parts = Object.fromEntries(
    ["filter", "sort", "columns", "offset", "archived"].map((key) => [key, query.get(key) ?? undefined]),
  );
  const answer = useAnswer("/api/runs", { ...parts, limit: String(pageSize) });
  const columns = (query.get("columns") ?? "").split(",").filter((key) => key !== "");
  const chosen = query.getAll("run").slice(0, maxChosen);
  return (
    <>
      <h1>Runs</h1>
      <FilterBar configKeys={answer.data?.configKeys ?? []} statuses={answer.data?.statuses ?? {}} />
      <Chosen given={query.getAll("run")} />
      <Asked answer={answer}>
        {(page) => (
          <>
            <UnknownValues part="columns" known={page.configKeys} what="no config key of these runs" />
            <p class="quiet">{page.total} runs</p>
            <Table page={page} columns={columns} chosen={chosen} />
            <Pages total={page.total} />
          </>
        )}
      </Asked>
    </>
  );
}

export const view: View = {
  title: "Runs",
  inMenu: 4,
  page: RunsPage,
  known: ["filter", "sort", "columns", "offset", "archived", "run", ...trainParts],
};

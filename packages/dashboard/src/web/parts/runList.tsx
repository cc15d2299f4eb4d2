/** @file Runs in a line each, as home and the meeting list them. */
import { visibleControls } from "@sdtt/core/report";
import { type Named, runWords } from "../../read/names.js";
import type { BriefRun } from "../../read/home.js";
import { address } from "../place.js";
import { Status, Text, Time } from "./basics.js";

type Listed = BriefRun & { readonly why?: string };

/** A run by its name in words; its id is in the title. */
export function RunLink({ run }: { run: Named }) {
  return (
    <a href={address("/run", { id: run.id })} title={visibleControls(run.id.slice(0, 200))}>
      <Text text={runWords(run)} max={60} />
    </a>
  );
}

export function RunList({ runs }: { runs: readonly Listed[] }) {
  return (
    <ul class="plain">
      {runs.map((run) => (
        <li key={run.id}>
          <Status status={run.status} /> <RunLink run={run} />{" "}
          <span class="quiet">
            <Time at={run.heartbeatAt} /> {run.why ? <Text text={run.why} max={300} /> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Runs({ title, runs }: { title: string; runs: readonly Listed[] }) {
  if (runs.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <RunList runs={runs} />
    </>
  );
}

/** @file Runs in a line each, as home and the meeting list them. */
import type { BriefRun } from "../../read/home.js";
import { address } from "../place.js";
import { Status, Text, Time } from "./basics.js";

type Listed = BriefRun & { readonly why?: string };

export function RunList({ runs }: { runs: readonly Listed[] }) {
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

export function Runs({ title, runs }: { title: string; runs: readonly Listed[] }) {
  if (runs.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <RunList runs={runs} />
    </>
  );
}

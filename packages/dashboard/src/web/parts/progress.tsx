/**
 * @file How far a run is: updates made, how many a second, and how long it will still take.
 */
import { formatNumber } from "@sdtt/core/statistics";
import type { RunItem } from "../../read/runs.js";
import { duration } from "./basics.js";

export function Progress({ item }: { item: RunItem }) {
  const { progress, rate, secondsLeft } = item;
  if (progress === null) return <>–</>;
  const { update, planned } = progress;
  return (
    <>
      {planned === null ? null : <progress max={planned} value={Math.min(update, planned)} aria-label="updates made" />}
      <small>
        {update}
        {planned === null ? " updates" : ` of ${planned}`}
        {secondsLeft === null || rate === null ? "" : ` · ${formatNumber(rate)}/s · ${duration(secondsLeft)} left`}
      </small>
    </>
  );
}

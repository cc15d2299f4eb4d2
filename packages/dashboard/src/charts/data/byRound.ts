/**
 * @file A curve turned on its side: a line for each step count, with the round on the horizontal axis.
 *
 * A line begins at the teacher (round 0), whatever group it is of.
 */
import type { Curve, CurvePoint, Series } from "./curve.js";
import { groupBy, unique } from "./lines.js";

function lineName(group: string, steps: number, temperature: number, isLevel: boolean): string {
  const parts = [group, isLevel ? "" : `${steps} steps`, temperature === 1 ? "" : `τ ${temperature}`];
  return parts.filter((part) => part !== "").join(", ") || "by round";
}

interface Placed {
  readonly series: Series;
  readonly point: CurvePoint;
}

function lineOf(placed: readonly Placed[], look: number, isLevel: boolean): Series {
  const students = placed.filter(({ series }) => series.round > 0);
  const { series, point } = (students[0] ?? placed[0]) as Placed;
  const label = lineName(series.group, point.steps, series.temperature, isLevel);
  const points = placed.map((one) => one.point).sort((a, b) => (a.x ?? 0) - (b.x ?? 0));
  return { ...series, label, look, points };
}

export function byRound(curve: Curve): Curve {
  const all = curve.series.flatMap((series) => series.points.map((point): Placed => ({ series, point })));
  const teachers = all.filter(({ series }) => series.round === 0);
  const students = all.filter(({ series }) => series.round > 0);
  const place = ({ series, point }: Placed) => `${point.steps} ${series.temperature}`;
  const lines = [...groupBy(students, (one) => `${place(one)} ${one.series.group}`).values()].map((line) => [
    ...teachers.filter((teacher) => place(teacher) === place(line[0] as Placed)),
    ...line,
  ]);
  const reached = new Set(students.map(place));
  const alone = groupBy(
    teachers.filter((one) => !reached.has(place(one))),
    place,
  );
  const looks = unique([...lines, ...alone.values()].map((line) => place(line[0] as Placed)));
  const series = [...lines, ...alone.values()].map((line) =>
    lineOf(line, 1 + looks.indexOf(place(line[0] as Placed)), curve.isLevel),
  );
  return { ...curve, series };
}

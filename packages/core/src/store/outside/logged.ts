/**
 * @file Numbers of any program as a run of the store: training points where their names say so, figures of the run otherwise.
 *
 * Loss, validation loss, learning rate, gradient norm and tokens have columns of their own. Anything else is kept as the run's
 * newest figure under its own name (definition `NAME@logged`), without a direction, since nobody declared one.
 */
import { userError } from "../../base/errors.js";
import type { Store } from "../file/open.js";
import type { TrainPoint } from "../rows.js";
import type { Scalar } from "./tensorboard.js";

type Column = "loss" | "validationLoss" | "learningRate" | "gradNorm" | "tokens";

/** By a name's last parts, in any case; the first series that matches has the column. */
const columns: readonly (readonly [Column, RegExp])[] = [
  ["validationLoss", /(^|[/_.-])(val|valid|validation|eval|test)[/_.-]?(loss|nelbo|nll)$/],
  ["learningRate", /(^|[/_.-])(lr|learning[/_.-]?rate)([/_.-]?\d+)?$/],
  ["gradNorm", /(^|[/_.-])grad(ient)?[/_.-]?norm$/],
  ["tokens", /(^|[/_.-])(num[/_.-])?(input[/_.-])?tokens([/_.-]?seen)?$/],
  ["loss", /(^|[/_.-])(loss|nelbo|nll)([/_.-]?(step|train))?$/],
];

export const columnOf = (name: string): Column | undefined =>
  columns.find(([, pattern]) => pattern.test(name.toLowerCase()))?.[0];

/** Series by column: of several that match the first one; the rest are figures. */
function assigned(scalars: readonly Scalar[]): ReadonlyMap<string, Column> {
  const taken = new Map<Column, string>();
  for (const { name } of scalars) {
    const column = columnOf(name);
    if (column && !taken.has(column)) taken.set(column, name);
  }
  return new Map([...taken].map(([column, name]) => [name, column]));
}

const empty = { loss: null, learningRate: null, gradNorm: null, validationLoss: null, tokens: 0, wallMs: null };

/** A point a step, ascending, with the milliseconds that a step took where times were kept. */
export function pointsOf(scalars: readonly Scalar[]): TrainPoint[] {
  const names = assigned(scalars);
  const points = new Map<number, Record<string, number | null> & { at: number | null }>();
  for (const { name, step, value, at } of scalars) {
    const column = names.get(name);
    if (!column) continue;
    const point = points.get(step) ?? { ...empty, at: null };
    points.set(step, { ...point, [column]: value, at: at ?? point.at });
  }
  let before: { step: number; at: number } | undefined;
  return [...points]
    .sort(([a], [b]) => a - b)
    .map(([update, { at, ...point }]) => {
      const wallMs = before && at !== null ? (at - before.at) / (update - before.step) : null;
      if (at !== null) before = { step: update, at };
      return { ...(point as unknown as TrainPoint), update, wallMs: wallMs !== null && wallMs > 0 ? wallMs : null };
    });
}

export interface LoggedRun {
  readonly run: string;
  readonly experiment?: string | undefined;
  /** What the page shows as its command. */
  readonly command: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly scalars: readonly Scalar[];
  readonly isDone: boolean;
}

/** Ends a run that this project did not make; throws UserError where a run of that name is one of ours. */
function begin(store: Store, { run, experiment, command, config, scalars, isDone }: LoggedRun): void {
  const known = store.run(run);
  if (known && known.stage !== "external") {
    throw userError("log", "a run of this project is not written into", run, "Give another --run.");
  }
  if (known?.status === "running" || (known && isDone)) return;
  const first = scalars.flatMap(({ at }) => at ?? []).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const startedAt = Number.isFinite(first) ? { startedAt: new Date(first).toISOString() } : {};
  const about = { configHash: "", commit: "", dirty: false, engine: "another program", machine: "" };
  const own = { id: run, name: run, experiment: experiment ?? run, stage: "external" as const, round: 0, seed: 0 };
  store.startRun({ ...about, ...own, command, config: { ...known?.config, ...config }, ...startedAt });
}

/** The newest time that anything was kept with; undefined where nothing has one. */
function endOf(scalars: readonly Scalar[]): string | undefined {
  const times = scalars.flatMap(({ at }) => at ?? []);
  return times.length === 0 ? undefined : new Date(times.reduce((a, b) => Math.max(a, b))).toISOString();
}

/** The newest of each series that has no column. */
function saveFigures(store: Store, { run, scalars }: LoggedRun): void {
  const names = assigned(scalars);
  const newest = new Map<string, Scalar>();
  for (const scalar of scalars) {
    const before = newest.get(scalar.name);
    if (!names.has(scalar.name) && (!before || scalar.step >= before.step)) newest.set(scalar.name, scalar);
  }
  for (const { name, value } of newest.values()) {
    const metric =
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "") || "value";
    const about = {
      runId: run,
      round: 0,
      subjectHash: `logged ${run}`,
      weights: "raw",
      seed: 0,
      temperature: 1,
    } as const;
    store.saveEvaluation({ ...about, metric, definition: `${metric}@logged`, n: 1, dtype: "unknown", value });
  }
}

/** What was logged of a step before stays where nothing new is said of it. */
function withKnown(store: Store, run: string, points: readonly TrainPoint[]): TrainPoint[] {
  const before = new Map(store.trainPoints(run).map((point) => [point.update, point]));
  return points.map((point) => {
    const known = before.get(point.update);
    if (!known) return point;
    const said = Object.entries(point).filter(([, value]) => value !== null);
    return { ...known, ...Object.fromEntries(said), tokens: Math.max(known.tokens, point.tokens) };
  });
}

/** Again with the same numbers, it leaves the same rows. Returns how many points and figures were kept. */
export function saveLogged(store: Store, logged: LoggedRun): { readonly points: number; readonly figures: number } {
  begin(store, logged);
  const points = withKnown(store, logged.run, pointsOf(logged.scalars));
  store.addTrainPoints(logged.run, points);
  saveFigures(store, logged);
  if (logged.isDone) store.finishRun(logged.run, "done", endOf(logged.scalars));
  else store.heartbeat(logged.run);
  const named = assigned(logged.scalars);
  return {
    points: points.length,
    figures: new Set(logged.scalars.map(({ name }) => name).filter((name) => !named.has(name))).size,
  };
}

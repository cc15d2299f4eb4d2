/**
 * @file Frontier against frontier: how much better a student with temperatures is than its teacher with temperatures, at
 * entropies that both reach.
 *
 * The headline compares the student as it is; this shows whether the gain is still there where either is sharpened.
 */
import { randomStream } from "@sdtt/core/base";
import { byTemperature, type Drawn, frontierOf, type GainAt, gainTexts } from "./gains.js";
import { frontierGain, type Measured, pointOf } from "./resampled.js";

const mostColumns = 8;

/** Multiples of a round step within [low, high], at most 8 of them. */
function roundNumbers(low: number, high: number): number[] {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((one) => (high - low) / one < mostColumns) ?? 1;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toFixed(2)));
}

/** Round entropies, nats, within the range of the first frontier and of at least one other. */
export function commonEntropies([control = [], ...others]: readonly (readonly Measured[])[]): number[] {
  const rangeOf = (frontier: readonly Measured[]) => {
    const entropies = frontier.map((point) => pointOf(point).entropy);
    return [Math.min(...entropies), Math.max(...entropies)] as const;
  };
  const ranges = others.filter(({ length }) => length > 1).map(rangeOf);
  const [least, most] = rangeOf(control);
  const low = Math.max(least, Math.min(...ranges.map(([from]) => from)));
  const high = Math.min(most, Math.max(...ranges.map(([, to]) => to)));
  return low < high ? roundNumbers(low, high) : [];
}

/** A line a student: gains over the control at entropies that both reach. */
export interface CommonGains {
  readonly label: string;
  readonly gains: readonly GainAt[];
}

export interface Labelled {
  readonly label: string;
  readonly drawn: Drawn;
}

/** Gains of each student over the control; none where no round entropy is reached by both. */
export async function commonGains(
  control: Drawn,
  students: readonly Labelled[],
  temperatures: readonly number[],
  steps: number,
  root: string,
): Promise<CommonGains[]> {
  const teacher = await frontierOf(control, byTemperature(temperatures), steps, root);
  const own: Measured[][] = [];
  for (const { drawn } of students) own.push(await frontierOf(drawn, byTemperature(temperatures), steps, root));
  const entropies = commonEntropies([teacher, ...own]);
  if (entropies.length === 0) return [];
  const gainAt = (frontier: readonly Measured[], entropy: number): GainAt => {
    const random = randomStream(control.settings.seed, "common-entropies", steps);
    const interval = frontierGain(teacher, frontier, entropy, { random });
    return { steps, entropy, ...(interval && { interval }) };
  };
  return students.map(({ label }, i) => {
    return { label, gains: entropies.map((entropy) => gainAt(own[i] as Measured[], entropy)) };
  });
}

/** A line a student, a column an entropy. */
export function commonTable(steps: number, found: readonly CommonGains[]): string[][] {
  const entropies = found[0]?.gains.map(({ entropy }) => String(entropy)) ?? [];
  const texts = gainTexts(found.map(({ gains }) => gains));
  const lines = found.map(({ label }, i) => [label, ...(texts[i] as string[])]);
  return [[`gain at ${steps} steps, entropy`, ...entropies], ...lines];
}

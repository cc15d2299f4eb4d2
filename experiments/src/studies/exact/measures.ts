/**
 * @file How far one law is from another: total variation, entropy, cross-entropy.
 */
import { stepLaws } from "./steps.js";
import { type Table, withTemperature } from "./table.js";

/** ½ Σ |p − q|. */
export function totalVariation(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, value, i) => sum + Math.abs(value - (q[i] as number)), 0) / 2;
}

/** −Σ p ln p, nats. */
export function entropy(p: readonly number[]): number {
  return p.reduce((sum, value) => (value > 0 ? sum - value * Math.log(value) : sum), 0);
}

/** −Σ p ln q, nats: what a judge that knows q says of text drawn from p. */
export function crossEntropy(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, value, i) => (value > 0 ? sum - value * Math.log(q[i] as number) : sum), 0);
}

/**
 * The temperature at which the teacher's K-step law has an entropy, by bisection, and that law.
 *
 * The control of every gain: sharpening alone lowers what a judge says, without any distillation.
 */
export function sharpenedTo(wanted: number, teacher: Table, numSteps: number): { temperature: number; law: number[] } {
  let [low, high] = [0.02, 20];
  const lawAt = (temperature: number) => stepLaws(withTemperature(teacher, temperature), [numSteps])[0] as number[];
  for (let i = 0; i < 24; i++) {
    const middle = Math.sqrt(low * high);
    if (entropy(lawAt(middle)) < wanted) low = middle;
    else high = middle;
  }
  const temperature = Math.sqrt(low * high);
  return { temperature, law: lawAt(temperature) };
}

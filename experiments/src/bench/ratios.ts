/** @file How many times faster: ours to the peer's, the median over rounds and its range. */
import type { Printed, Round } from "./peer.js";

export interface Ratio {
  readonly key: string;
  /** Medians over rounds, in ms. */
  readonly ours: number;
  readonly peer: number;
  /** The peer's time by ours: the median over rounds of each round's own ratio, and the lowest and highest of them. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** What this project set itself at this size, where it did. */
  readonly target?: number;
}

/** By width, blocks, L, V and B. */
const targets: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "256,4,128,4096,16": { mdlm_update: 3, sdtt_update: 4, sample_8: 3, sample_128: 4, sample_1024: 20 },
  "512,8,256,8192,8": { mdlm_update: 2.2, sdtt_update: 3, sample_8: 2.5, sample_128: 3, sample_1024: 10 },
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
};

const msOf = (printed: Printed, key: string): number | undefined => (printed[key] as { ms?: number } | undefined)?.ms;

const sizeKey = (printed: Printed) => ["width", "blocks", "length", "vocab", "batch"].map((key) => printed[key]).join();

/** Of each key that both sides timed in every round. */
export function ratiosOf(rounds: readonly Round[]): Ratio[] {
  const [first] = rounds;
  if (!first) return [];
  const keys = Object.keys(first.ours).filter((key) =>
    rounds.every(({ ours, peer }) => msOf(ours, key) !== undefined && msOf(peer, key) !== undefined),
  );
  return keys.map((key) => {
    const own = rounds.map(({ ours }) => msOf(ours, key) as number);
    const other = rounds.map(({ peer }) => msOf(peer, key) as number);
    const each = own.map((ms, i) => (other[i] as number) / ms);
    const target = targets[sizeKey(first.ours)]?.[key];
    return {
      ...{ key, ours: median(own), peer: median(other), ratio: median(each) },
      ...{ lowest: Math.min(...each), highest: Math.max(...each), ...(target && { target }) },
    };
  });
}

const titles = ["", "ours, ms", "peer, ms", "ratio", "over rounds", "rounds", "target"];

const rowsOf = (ratios: readonly Ratio[], rounds: number): string[][] =>
  ratios.map(({ key, ours, peer, ratio, lowest, highest, target }) => [
    ...[key, ours.toFixed(1), peer.toFixed(1), `${ratio.toFixed(2)}×`, `${lowest.toFixed(2)} – ${highest.toFixed(2)}`],
    ...[`${rounds}`, target === undefined ? "" : `≥ ${target}× ${ratio >= target ? "(met)" : "(missed)"}`],
  ]);

export interface Compared {
  readonly ratios: readonly Ratio[];
  readonly rounds: readonly Round[];
}

/** In Markdown, one row a key: comparisons at one size, one after the other. */
export function ratioTable(...compared: readonly Compared[]): string {
  const [first] = compared[0]?.rounds ?? [];
  const facts = first?.ours ?? {};
  const sizes = ["width", "blocks", "heads", "length", "vocab", "batch", "threads"].map(
    (key) => `${key} ${facts[key]}`,
  );
  const software = `${facts.machine} · ${facts.engine} · torch ${first?.peer.torch} · ${facts.commit}`;
  const rows = compared.flatMap(({ ratios, rounds }) => rowsOf(ratios, rounds.length));
  const lines = [titles, ["---", "---:", "---:", "---:", "---:", "---:", "---"], ...rows].map(
    (row) => `| ${row.join(" | ")} |`,
  );
  return [`${sizes.join(", ")} · ours and the peer in turn`, software, "", ...lines].join("\n");
}

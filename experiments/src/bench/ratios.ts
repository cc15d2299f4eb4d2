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

/** In Markdown, one row a key. */
export function ratioTable(ratios: readonly Ratio[], rounds: readonly Round[]): string {
  const facts = rounds[0]?.ours ?? {};
  const sizes = ["width", "blocks", "heads", "length", "vocab", "batch", "threads"].map(
    (key) => `${key} ${facts[key]}`,
  );
  const head = [`${sizes.join(", ")} · ${rounds.length} round(s), ours and the peer in turn`];
  const software = `${facts.machine} · ${facts.engine} · torch ${rounds[0]?.peer.torch} · ${facts.commit}`;
  const titles = ["", "ours, ms", "peer, ms", "ratio", "over rounds", "target"];
  const rows = ratios.map(({ key, ours, peer, ratio, lowest, highest, target }) => [
    ...[key, ours.toFixed(1), peer.toFixed(1), `${ratio.toFixed(2)}×`, `${lowest.toFixed(2)} – ${highest.toFixed(2)}`],
    target === undefined ? "" : `≥ ${target}× ${ratio >= target ? "(met)" : "(missed)"}`,
  ]);
  const lines = [titles, ["---", "---:", "---:", "---:", "---:", "---"], ...rows].map(
    (row) => `| ${row.join(" | ")} |`,
  );
  return [...head, software, "", ...lines].join("\n");
}

/** @file How many times faster: ours to the peer's, the median over rounds and its range. */
import { markdownRows } from "@sdtt/core/cli";
import { median } from "@sdtt/core/statistics";
import type { Size } from "./options.js";
import type { Printed, Round } from "./printed.js";

export interface Ratio {
  readonly key: string;
  /** Medians over rounds, in ms. */
  readonly ours: number;
  readonly peer: number;
  /** The peer's time by ours: the median over rounds of each round's own ratio, and the lowest and highest of them. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** The same of processor time, where both sides took it. */
  readonly cpu?: number;
  /** What this project set itself at this size, where it did. */
  readonly target?: number;
}

/** The sizes of the table, and how many times faster than the peer this project set itself to be there. */
export const tableSizes: readonly { readonly size: Size; readonly targets: Readonly<Record<string, number>> }[] = [
  {
    size: { width: 256, blocks: 4, heads: 4, length: 128, vocab: 4096, sequences: 16 },
    targets: { mdlm_update: 3, sdtt_update: 4, sample_8: 3, sample_128: 4, sample_1024: 20 },
  },
  {
    size: { width: 512, blocks: 8, heads: 8, length: 256, vocab: 8192, sequences: 8 },
    targets: { mdlm_update: 2.2, sdtt_update: 3, sample_8: 2.5, sample_128: 3, sample_1024: 10 },
  },
];

type Times = { readonly ms?: number; readonly cpu_ms?: number };
const timesOf = (printed: Printed, key: string): Times => (printed[key] as Times | undefined) ?? {};
const msOf = (printed: Printed, key: string): number | undefined => timesOf(printed, key).ms;

/** The median over rounds of processor times' ratios; none where a side did not take it. */
function cpuRatio(rounds: readonly Round[], key: string): number | undefined {
  const each = rounds.map(({ ours, peer }) => {
    return (timesOf(peer, key).cpu_ms ?? Number.NaN) / (timesOf(ours, key).cpu_ms ?? Number.NaN);
  });
  return each.every(Number.isFinite) ? median(each) : undefined;
}

const sampleTargets = { sample_8: 3, sample_128: 3, sample_1024: 10 };
/** The same against PyTorch 2 at either size: its losses and sampling steps as they are, or through torch.compile. */
const targetsAgainst2 = {
  eager: { mdlm_update: 2, sdtt_update: 2, ...sampleTargets },
  compiled: { mdlm_update: 1.2, sdtt_update: 1.2, ...sampleTargets },
};

/** The peer knows B as `batch`; heads change no target. */
function targetsOf({ ours: printed, peer }: Round): Readonly<Record<string, number>> {
  const isPrinted = ({ width, blocks, length, vocab, sequences: batch }: Size) =>
    Object.entries({ width, blocks, length, vocab, batch }).every(([key, value]) => printed[key] === value);
  const found = tableSizes.find(({ size }) => isPrinted(size));
  const torch = String(peer.torch);
  if (!found || !/^[2-9]\./.test(torch)) return found?.targets ?? {};
  return targetsAgainst2[torch.includes("compile") ? "compiled" : "eager"];
}

/** Of each key that both sides timed in every round. */
export function ratiosOf(rounds: readonly Round[]): Ratio[] {
  const [first] = rounds;
  if (!first) return [];
  const keys = Object.keys(first.ours).filter((key) =>
    rounds.every(({ ours, peer }) => msOf(ours, key) !== undefined && msOf(peer, key) !== undefined),
  );
  const targets = targetsOf(first);
  return keys.map((key) => {
    const own = rounds.map(({ ours }) => msOf(ours, key) as number);
    const other = rounds.map(({ peer }) => msOf(peer, key) as number);
    const each = own.map((ms, i) => (other[i] as number) / ms);
    const target = targets[key];
    const cpu = cpuRatio(rounds, key);
    return {
      ...{ key, ours: median(own), peer: median(other), ratio: median(each) },
      ...{ lowest: Math.min(...each), highest: Math.max(...each), ...(cpu && { cpu }), ...(target && { target }) },
    };
  });
}

const titles = ["", "ours, ms", "peer, ms", "ratio", "over rounds", "processor time", "rounds", "target"];

const rowsOf = (ratios: readonly Ratio[], rounds: number): string[][] =>
  ratios.map(({ key, ours, peer, ratio, lowest, highest, cpu, target }) => [
    ...[key, ours.toFixed(1), peer.toFixed(1), `${ratio.toFixed(2)}×`, `${lowest.toFixed(2)} – ${highest.toFixed(2)}`],
    ...[
      cpu === undefined ? "" : `${cpu.toFixed(2)}×`,
      `${rounds}`,
      target === undefined ? "" : `≥ ${target}× ${ratio >= target ? "(met)" : "(missed)"}`,
    ],
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
  const table = markdownRows([titles, ...rows], (column) => column > 0 && column < titles.length - 1);
  return `${sizes.join(", ")} · ours and the peer in turn\n${software}\n\n${table}`;
}

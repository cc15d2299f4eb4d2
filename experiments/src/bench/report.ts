/** @file A benchmark's figures for people to read. */
import type { Measured } from "./measure.js";
import type { Timing } from "./timing.js";

const row = (name: string, { ms, quartiles, fastest, slowest, tokens_per_s }: Timing): string => {
  const spread = `${quartiles.map((q) => q.toFixed(1)).join(" – ")}`;
  const ends = `${fastest.toFixed(1)} – ${slowest.toFixed(1)}`;
  return [
    name.padEnd(13),
    `${ms.toFixed(1)} ms`.padStart(13),
    spread.padStart(22),
    ends.padStart(22),
    `${Math.round(tokens_per_s)} tokens/s`.padStart(18),
  ].join("");
};

/** The line of an update's own rate, where one was timed. */
function rateLine(name: string, rates: Measured["rates"]): string[] {
  const [achieved, square, share] = ["gflops", "square_gflops", "share"].map((key) => rates[`${name}_${key}`]);
  if (achieved === undefined || square === undefined || share === undefined) return [];
  const compile = `${rates[`${name}_programs`]} programs compiled in ${rates[`${name}_compile_ms`]} ms`;
  const percent = `${(100 * share).toFixed(0)} % of a square product's ${square}`;
  return [`${name}: ${achieved} GFLOP/s, ${percent}; ${compile}; peak ${rates[`${name}_peak_mib`]} MiB`];
}

const hostLine = (name: string, share: number | undefined): string[] =>
  share === undefined ? [] : [`${name}: ${(100 * share).toFixed(1)} % of the time outside the network`];

export function benchTable({ facts, timings, rates }: Measured): string {
  const { machine, engine, parameters, commit } = facts as Record<string, string>;
  const size = ["width", "blocks", "heads", "length", "vocab", "batch"].map((key) => `${key} ${facts[key]}`).join(", ");
  const head = `${machine} · ${engine} · ${commit}\n${size} · ${(Number(parameters) / 1e6).toFixed(2)}M parameters`;
  const titles = `${"".padEnd(13)}${"median".padStart(13)}${"quartiles".padStart(22)}${"fastest – slowest".padStart(22)}`;
  const lines = Object.entries(timings).map(([name, timing]) => row(name, timing));
  const updates = ["mdlm_update", "sdtt_update"].flatMap((name) => rateLine(name, rates));
  const samples = Object.keys(timings).flatMap((name) => hostLine(name, rates[`${name}_host_share`]));
  return [head, titles, ...lines, ...updates, ...samples, `peak ${rates.peak_mib} MiB in all`].join("\n");
}

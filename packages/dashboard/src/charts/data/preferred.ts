/** @file What a blind test came to, in words: the same on the page and in reports. */
import { formatNumber } from "@sdtt/core/statistics";

interface Preferred {
  readonly names: readonly [string, string];
  readonly votes: Readonly<Record<"a" | "b" | "tie", number>>;
  readonly people: number;
  readonly share: { readonly mean: number; readonly low: number; readonly high: number } | null;
  readonly agreement: { readonly same: number; readonly of: number };
}

const percent = (share: number): string => formatNumber(100 * share);

/** "round 5, 8 steps was preferred to teacher, 8 steps in 7 of 10 votes: 70.0 % [34.8, 93.3], which a coin would do as well; …" */
export function preferredText({ names: [ours, theirs], votes, people, share, agreement }: Preferred): string {
  if (share === null) return `Nobody has preferred ${ours} or ${theirs}.`;
  const { low, high, mean } = share;
  const told = low > 0.5 || high < 0.5 ? "told apart from a coin" : "not told apart from a coin";
  const head = `${ours} was preferred to ${theirs} in ${votes.a} of ${votes.a + votes.b} votes: ${percent(mean)} % [${percent(low)}, ${percent(high)}], exact binomial interval, ${told}`;
  const ties = votes.tie === 0 ? "" : `; ${votes.tie} undecided`;
  const same = agreement.of === 0 ? "" : `; people agree in ${agreement.same} of ${agreement.of} cases`;
  return `${head}; ${people === 1 ? "one person" : `${people} people`}${ties}${same}.`;
}

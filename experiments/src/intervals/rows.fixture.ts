/**
 * @file How often each kind of interval holds the truth, on made-up data whose truth is known.
 */
import { type Effect, familyVerdicts, pairedByItem, shareInterval } from "@sdtt/core/statistics";
import { type Coverage, covered, holds, logFrom } from "./covered.fixture.js";
import { type Draws, drawsOf } from "./made.fixture.js";
import { matched, matchedFigures, oneSeed } from "./matched.fixture.js";
import { entropyRow, overSamples, overSeeds, ratioRow } from "./seeds.fixture.js";
import { ofTexts } from "./texts.fixture.js";

const hitsOf = (chance: number, n: number, { stream }: Draws): number =>
  stream.uniforms(n).filter((u) => u < chance).length;

const items = (): Coverage[] => [
  ...(
    [
      [0.065, 675],
      [0.164, 675],
      [0.0008, 5153],
    ] as const
  ).map(([chance, n]) =>
    covered(`accuracy of ${Number((100 * chance).toPrecision(3))} % on ${n} items`, 3000, (draws) => {
      return [holds(shareInterval(hitsOf(chance, n, draws), n), chance)];
    }),
  ),
  covered("difference of two models item by item, 675 items", 2000, (draws) => {
    const theirs = Array.from({ length: 675 }, () => 8 + 4.3 * draws.normal());
    const ours = theirs.map((nats) => nats + 0.4 + 0.8 * draws.normal());
    const { value, stderr } = pairedByItem({ sums: ours }, { sums: theirs }, "ours");
    return [holds(logFrom({ value, stderr: stderr ?? Number.NaN }), 0.4)];
  }),
];

/** Tables in which nothing is better: how many have no false verdict. */
const families = (): Coverage[] =>
  [6, 30].map((count) =>
    covered(`no false verdict among ${count} of a table (Holm)`, 4000, (draws) => {
      const effects = Array.from({ length: count }, (): Effect => {
        return {
          mean: draws.normal(),
          stderr: 1,
          degrees: Number.POSITIVE_INFINITY,
          n: 3,
          ofTrainings: 0,
          over: "samples",
        };
      });
      return [familyVerdicts(effects).every((verdict) => verdict === "cannot tell")];
    }),
  );

/** By Efron and Stein a jackknife's variance is too large, where texts are held against all others visibly so. */
const careful = ["self-bleu", "distinct-2"];

async function figures(): Promise<Coverage[]> {
  return (await ofTexts(drawsOf("texts"))).map(({ name, held }): Coverage => {
    const share = (100 * held.filter(Boolean).length) / held.length;
    const own = { what: `${name} of 128 texts`, covered: share, trials: held.length };
    return careful.includes(name) ? { ...own, isCareful: true } : own;
  });
}

/** All kinds, in the order of the table. */
export const coverages = async (): Promise<Coverage[]> => [
  ...overSamples(),
  entropyRow(),
  ...overSeeds(),
  ratioRow(),
  ...matched(),
  ...oneSeed(),
  ...items(),
  ...matchedFigures(),
  ...(await figures()),
  ...families(),
];

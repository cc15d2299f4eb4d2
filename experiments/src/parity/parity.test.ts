import { engineReports, openEngine } from "@sdtt/core/engine";
import { describe, expect, it } from "vitest";
import { partNames } from "./folder.js";
import { parityRows, shippedFixtures } from "./parity.js";
import { toleranceAt, tolerances } from "./rows.js";

/** What the README of the fixtures suggests, by the names of the rows; the first that fits counts. */
const suggested: readonly (readonly [RegExp, number])[] = [
  [/mask column$/, 0.0625],
  [/^dit: strong/, 3e-5],
  [/^dit: tiny/, 2e-6],
  [/-kl gradients/, 2e-7],
  [/log-mse gradients/, 1e-6],
  [/log-l1 gradients/, 1e-5],
  [/-kl$/, 5e-7],
  [/log-mse/, 2e-6],
  [/log-l1/, 1e-5],
  [/^targets: .* (teacher|targets|student), tokens/, 3e-6],
  [/^training: update . (nll|loss)/, 3e-6],
  [/^training: .*(norm|clip)/, 2e-6],
  [/^training: .*gradients/, 5e-7],
  [/^training: (parameters|EMA) after/, 2e-6],
  [/^gpt2: perplexity/, 2e-6],
  [/^lambada: .*perplexity/, 3e-6],
  [/^gpt2: /, 2e-5],
  [/^lambada: .*nll/, 1e-5],
  [/^lambada: .* 1\/t/, 1e-5],
  [/./, 2e-7],
];

const usable = (await engineReports({ threads: 1 })).filter((report) => report.usable);

describe.each(usable)("$name", ({ name }) => {
  it.each(partNames)("gives every published number of %s, within the tolerances suggested for it", async (part) => {
    const rows = await parityRows(shippedFixtures, await openEngine(name, { threads: 1 }), [part]);
    expect(rows.length).toBeGreaterThan(8);
    expect(rows.filter(({ isOk }) => !isOk)).toEqual([]);
    const looser = rows.filter(({ name: row, tolerance }) => {
      const [, most] = suggested.find(([pattern]) => pattern.test(`${part}: ${row}`)) ?? [];
      return tolerance > (most ?? 0);
    });
    expect(looser).toEqual([]);
  });
});

describe("toleranceAt", () => {
  it("is the suggested one up to the magnitude that it was suggested for, and grows beyond it", () => {
    const { base, magnitude } = tolerances.forward;
    expect(toleranceAt(tolerances.forward, 0, 1)).toBe(base);
    expect(toleranceAt(tolerances.forward, magnitude, 1)).toBe(base);
    expect(toleranceAt(tolerances.forward, 4 * magnitude, 1)).toBeCloseTo(8 * base, 12);
    expect(toleranceAt(tolerances.forward, magnitude, 2)).toBe(2 * base);
  });

  it("gives the shipped strong weights no more than the 3e-5 suggested for them", () => {
    expect(toleranceAt(tolerances.forward, 6.95, 1)).toBeLessThan(3e-5);
    expect(toleranceAt(tolerances.forward, 6.95, 1)).toBeGreaterThan(2e-5);
  });
});

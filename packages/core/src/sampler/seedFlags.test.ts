import { describe, expect, it } from "vitest";
import { assetPath } from "../workspace/assets.js";
import { seededBy } from "./seedFlags.js";

/** As a command would have it: what is not given is as usual. */
const spelled = (given: Partial<Parameters<typeof seededBy>[0]>) => {
  const { sampler, partner, ...rest } = seededBy(
    { sampler: "ancestral", partner: undefined, ...given },
    new Set(Object.keys(given)),
  );
  expect(Object.values(rest).filter((value) => value !== undefined)).toEqual([]);
  return { sampler, partner };
};

describe("--seed-from and --every", () => {
  it.each([
    [{}, "ancestral", undefined],
    [{ seedFrom: "ar" }, "seeded:8", undefined],
    [{ seedFrom: "ar", every: 4 }, "seeded:4", undefined],
    [{ seedFrom: "there", every: 4 }, "seeded:4", "there"],
    [{ seedFrom: "ar", sampler: "seeded" }, "seeded:8", undefined],
    [{ seedFrom: "ar", sampler: "seeded:3" }, "seeded:3", undefined],
    [{ seedFrom: "ar", sampler: "seeded:3", every: 3 }, "seeded:3", undefined],
    [{ seedFrom: "ar", partner: assetPath("ar") }, "seeded:8", undefined],
    [{ seedFrom: "there", partner: "./there" }, "seeded:8", "there"],
  ] as const)("%j is the sampler %s with the partner %s", (given, sampler, partner) => {
    expect(spelled(given)).toEqual({ sampler, partner });
  });

  it.each([
    [{ every: 4 }, "--every must come with --seed-from, got --every=4. Add --seed-from=ar, or leave it out."],
    [
      { seedFrom: "ar", sampler: "ancestral" },
      "--seed-from is another spelling of --sampler=seeded:8, got --sampler=a",
    ],
    [
      { seedFrom: "ar", sampler: "seeded:3", every: 4 },
      "got --sampler=seeded:3 with --every=4. Leave one of them out.",
    ],
    [{ seedFrom: "ar", partner: "there" }, "name the same network, got --seed-from=ar and --partner=there."],
  ])("%j says two things, and is refused", (given, message) => {
    expect(() => spelled(given)).toThrow(message);
  });
});

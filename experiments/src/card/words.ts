/**
 * @file The few words of vitest that the conformance suite is written in, for a machine that vitest is not carried to.
 *
 * The packed form of the card check has the suite's own file with this in vitest's place. Nothing here is for tests of ours.
 */
import { deepStrictEqual } from "node:assert";

type Run = (row: never) => unknown;
interface Claim {
  readonly title: string;
  run(): unknown;
}

const claims: Claim[] = [];
let around = "";

/** `$name` stands for the row's own. */
const titled = (title: string, row: unknown): string =>
  title.replace(/\$(\w+)/g, (_, key: string) => String((row as Record<string, unknown>)[key]));

export const describe = {
  each: (rows: readonly unknown[]) => (title: string, body: Run) => {
    for (const row of rows) {
      around = `${titled(title, row)} > `;
      body(row as never);
    }
    around = "";
  },
};

export const it = Object.assign(
  (title: string, run: () => unknown) => {
    claims.push({ title: around + title, run });
  },
  {
    each: (rows: readonly unknown[]) => (title: string, run: Run) => {
      for (const row of rows) it(titled(title, row), () => run(row as never));
    },
  },
);

export function expect(got: unknown, of = "") {
  const hold = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${of} ${String(got)} must ${what}`.trim());
  };
  const same = (wanted: unknown) => deepStrictEqual(got, wanted);
  return {
    toBe: same,
    toEqual: same,
    toBeLessThan: (limit: number) => hold((got as number) < limit, `be less than ${limit}`),
    toBeGreaterThan: (limit: number) => hold((got as number) > limit, `be greater than ${limit}`),
    toContain: (one: unknown) => hold((got as unknown[]).includes(one), `contain ${one}`),
  };
}

/** Runs every claim whose title begins with an engine's and has `words`; as vitest's JSON says it. */
export async function runClaims(words: string) {
  const assertionResults: { title: string; status: string }[] = [];
  for (const { title, run } of claims.filter((claim) => claim.title.includes(" > ") && claim.title.includes(words))) {
    const own = title.slice(title.indexOf(" > ") + 3);
    try {
      await run();
      assertionResults.push({ title: own, status: "passed" });
    } catch {
      assertionResults.push({ title: own, status: "failed" });
    }
  }
  const numPassedTests = assertionResults.filter(({ status }) => status === "passed").length;
  return { numPassedTests, testResults: [{ assertionResults }] };
}

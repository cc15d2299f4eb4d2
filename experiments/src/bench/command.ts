/**
 * @file `bench`: what updates and samples cost here, under the keys and at the sizes of a PyTorch script to compare with.
 *
 * Times are medians with quartiles; nothing is checked against a limit, since a busy machine would fail it.
 */
import { defineCommand } from "@sdtt/core";
import { measure } from "./measure.js";
import { type Options, options } from "./options.js";
import { profileTable, profileUpdates } from "./profile.js";
import { benchTable } from "./report.js";

export const bench = defineCommand({
  name: "bench",
  summary: "medians of updates, sampling and AR decoding at any size, beside the machine's matrix rate",
  options,
  async run(o) {
    if (o.profile) return print(o, await profileUpdates(o), profileTable);
    const measured = await measure(o);
    if (!o.json) return print(o, measured, benchTable);
    const { facts, timings, rates } = measured;
    print(o, { ...facts, ...timings, ...rates }, JSON.stringify);
  },
});

function print<T>(o: Options, found: T, table: (found: T) => string): void {
  process.stdout.write(`${o.json ? JSON.stringify(found, null, 2) : table(found)}\n`);
}

/**
 * @file `bench`: what updates and samples cost here, under the keys and at the sizes of a PyTorch script to compare with.
 *
 * Times are medians with quartiles; nothing is checked against a limit, since a busy machine would fail it.
 */
import { defineCommand } from "@sdtt/core";
import { measure } from "./measure.js";
import { options } from "./options.js";
import { benchTable } from "./report.js";

export const bench = defineCommand({
  name: "bench",
  summary: "medians of updates, sampling and AR decoding at any size, beside the machine's matrix rate",
  options,
  async run(o) {
    const measured = await measure(o);
    const { facts, timings, rates } = measured;
    const text = o.json ? JSON.stringify({ ...facts, ...timings, ...rates }, null, 2) : benchTable(measured);
    process.stdout.write(`${text}\n`);
  },
});

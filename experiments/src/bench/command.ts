/**
 * @file `bench`: what updates and samples cost here, under the keys and at the sizes of a PyTorch script to compare with.
 *
 * Times are medians with quartiles; nothing is checked against a limit, since a busy machine would fail it.
 */
import { userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { againstArTable, compareWithAr } from "./againstAr.js";
import { measure } from "./measure.js";
import { type Options, options, withSize } from "./options.js";
import { checkPeer, compareWithPeer } from "./peer.js";
import { profileTable, profileUpdates } from "./profile.js";
import { ratioTable } from "./ratios.js";
import { benchTable } from "./report.js";
import { tableWithPeer } from "./table.js";

export const bench = defineCommand({
  name: "bench",
  summary: "medians of updates, sampling and AR decoding at any size, beside the machine's matrix rate or a peer",
  options,
  rules(o) {
    const given = [o.peer !== undefined && "--peer", o.againstAr && "--against-ar", o.profile && "--profile"];
    const modes = given.filter(Boolean);
    if (modes.length > 1) throw userError("bench", "it does one thing at a time", modes.join(" and "), "Drop one.");
    checkPeer(o);
  },
  async run(given) {
    const o = withSize(given);
    if (o.profile) return print(o, await profileUpdates(o), profileTable);
    if (o.againstAr) return print(o, await compareWithAr(o), againstArTable);
    if (o.table) return print(o, await tableWithPeer(o), (table) => table);
    if (o.peer !== undefined) return print(o, await compareWithPeer(o), ratioTable);
    const measured = await measure(o);
    if (!o.json) return print(o, measured, benchTable);
    const { facts, timings, rates } = measured;
    print(o, { ...facts, ...timings, ...rates }, JSON.stringify);
  },
});

function print<T>(o: Options, found: T, table: (found: T) => string): void {
  process.stdout.write(`${o.json ? JSON.stringify(found, null, 2) : table(found)}\n`);
}

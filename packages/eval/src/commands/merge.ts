/**
 * @file `merge`: the parts of an evaluation that was run as shards, put together, and its tables from them.
 *
 * After the parts are joined the command itself is run once more: it finds every row drawn and judged, and computes
 * figures as one process would have. So they are the same bytes however many shards there were.
 */
import { defineCommand, rootFolder } from "@sdtt/core/cli";
import { canonicalJson } from "@sdtt/core/workspace";
import { z } from "zod";
import { hashOf } from "../record/hash.js";
import { type FoundShard, groupsOf, joinShards, refuseUnlike, shardsIn, wholeOf } from "../samples/joinShards.js";
import { curve } from "./curve.js";
import { frontier } from "./frontier.js";
import { lambada } from "./lambada.js";
import { latency } from "./latency.js";
import { report } from "./report.js";

const options = z.object({
  from: z.array(z.string()).default([]).describe("folders I-of-N of one evaluation; default: all below ROOT/shards"),
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder of runs, data, samples and the store, where they are put together"),
});

const commands = { curve, frontier, lambada, latency, report } as const;

async function finish(root: string, { command, config }: FoundShard): Promise<void> {
  // Times are taken, not computed: there is nothing to find them in again.
  if (command === "latency") return;
  const { options: schema, run } = commands[command as "curve"];
  const parsed = schema.parse({ ...config, root });
  const resolved = JSON.parse(JSON.stringify(parsed));
  await run(parsed, { config: resolved, configHash: hashOf(canonicalJson(resolved)), argv: [command, "(merged)"] });
}

export const merge = defineCommand({
  name: "merge",
  summary: "puts the shards of an evaluation together, and gives its tables",
  options,
  async run({ root, from }) {
    const shards = shardsIn(root, from);
    if (from.length > 0) refuseUnlike(shards);
    // All are looked at before anything is written.
    const whole = groupsOf(shards).map(wholeOf);
    for (const group of whole) {
      joinShards(root, group);
      await finish(root, group[0] as FoundShard);
    }
  },
});

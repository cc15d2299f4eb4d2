/** @file `prepare`: text into token shards. */
import { defineCommand, dryRunFlags, printPlan } from "@sdtt/core";
import { z } from "zod";
import { prepare as prepareData } from "./data.js";
import { preparePlan } from "./dryRun.js";

export const prepare = defineCommand({
  name: "prepare",
  summary: "tokenise a corpus into train, validation and test shards",
  options: z.object({
    source: z.string().default("embedded").describe("text: embedded, a folder, a .jsonl or a .txt file"),
    tokenizer: z.string().optional().describe("tokenizer.json to use; default: train one"),
    vocab: z.int().min(257).max(30000).default(512).describe("tokens of a tokenizer that is trained"),
    out: z.string().default(".sdtt/data/embedded-512").describe("folder to write"),
    ...dryRunFlags,
  }),
  async run(o) {
    if (o.dryRun) return printPlan(preparePlan(o), { ...o, engine: "auto" });
    process.stdout.write(`${JSON.stringify(prepareData(o), null, 2)}\n`);
  },
});

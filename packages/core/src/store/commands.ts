/**
 * @file The store's own commands: `store-check`, `store-backup`, `store-merge`, `store-migrate`.
 */
import { z } from "zod";
import { userError } from "../base/errors.js";
import { defineCommand, rootFolder } from "../cli/index.js";
import { checkStore } from "./check.js";
import { backUpStore, migrateStore } from "./maintain.js";
import { mergeStore } from "./merge.js";

const store = z
  .string()
  .default(() => rootFolder("sdtt.sqlite"))
  .describe("the store's file");

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const storeCheck = defineCommand({
  name: "store-check",
  summary: "read all of a store and say whether its pages, rows and references are whole",
  options: z.object({ store }),
  async run(o) {
    const { version, problems } = checkStore(o.store, "integrity");
    if (version === 0) return say(`${o.store}: empty, nothing was recorded in it yet`);
    if (problems.length === 0) return say(`${o.store}: whole, version ${version}`);
    const remedy = "Restore a backup (store-backup, or the newest *.backup beside it).";
    const more = problems.length > 1 ? `, and ${problems.length - 1} more` : "";
    throw userError(`store ${o.store}`, "a store must be whole", `${problems[0]}${more}`, remedy);
  },
});

const storeBackup = defineCommand({
  name: "store-backup",
  summary: "copy a store while it is in use; the copy is whole or not there",
  options: z.object({ store, out: z.string().describe("file of the copy, which must not be there") }),
  async run(o) {
    backUpStore(o.store, o.out);
    say(`${o.out}: copy of ${o.store}`);
  },
});

const storeMerge = defineCommand({
  name: "store-merge",
  summary: "put the rows of other stores into one; again, or in another order, it makes the same store",
  options: z.object({ store, from: z.array(z.string()).min(1).describe("files to merge, as in a.sqlite,b.sqlite") }),
  async run(o) {
    for (const from of o.from) {
      const { added, replaced } = mergeStore(from, o.store);
      say(`${from}: ${added} rows added, ${replaced} replaced`);
    }
  },
});

const storeMigrate = defineCommand({
  name: "store-migrate",
  summary: "bring a store to this program's schema, after a backup beside it",
  options: z.object({ store }),
  async run(o) {
    migrateStore(o.store);
    say(`${o.store}: version ${checkStore(o.store).version}`);
  },
});

export const storeCommands = [storeBackup, storeCheck, storeMerge, storeMigrate];

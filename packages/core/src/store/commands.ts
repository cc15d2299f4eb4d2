/**
 * @file The store's own commands: `store-check`, `store-backup`, `store-merge`, `store-migrate`, `store-scrub`.
 */
import { z } from "zod";
import { userError } from "../base/errors.js";
import { defineCommand, repeatedPaths, rootFolder } from "../cli/index.js";
import { outsideCommands } from "./outside/commands.js";
import { checkStore } from "./upkeep/check.js";
import { backUpStore, migrateStore } from "./upkeep/maintain.js";
import { mergeStore } from "./upkeep/merge.js";
import { scrubAll } from "./upkeep/scrubFolder.js";

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
  options: z.object({ store, json: z.boolean().default(false).describe("print JSON") }),
  async run(o) {
    const { version, problems } = checkStore(o.store, "integrity");
    if (o.json) say(JSON.stringify({ store: o.store, version, problems }, null, 2));
    else if (version === 0) say(`${o.store}: empty, nothing was recorded in it yet`);
    else if (problems.length === 0) say(`${o.store}: whole, version ${version}`);
    if (version === 0 || problems.length === 0) return;
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
  options: z.object({ store, from: repeatedPaths({ min: 1 }).describe("a file to merge; may be given again") }),
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

const storeScrub = defineCommand({
  name: "store-scrub",
  summary: "find and remove what should not be in stores: secrets, and texts of files that are no code",
  options: z.object({
    place: z
      .string()
      .default(() => rootFolder())
      .describe("a store's file, or a folder: all stores, patches of sweeps and logs under it"),
    dryRun: z.boolean().default(false).describe("only say what would be removed"),
    backup: z.boolean().default(true).describe("keep a copy as it was beside each changed file, FILE.unscrubbed"),
  }),
  async run(o) {
    const scrubbed = scrubAll(o.place, { isDry: o.dryRun, keep: o.backup });
    for (const { path, files, texts } of scrubbed.filter((one) => one.texts > 0)) {
      const shown =
        files.length > 8 ? `${files.slice(0, 8).join(", ")} and ${files.length - 8} more` : files.join(", ");
      say(`${path}: ${texts} texts${shown && `, of files ${shown}`}`);
    }
    if (scrubbed.every(({ texts }) => texts === 0)) return say(`${o.place}: nothing that should not be there`);
    if (o.dryRun) return say("Nothing was changed: leave out --dry-run to remove it.");
    const copies = scrubbed.flatMap(({ backup }) => backup ?? []);
    say("Removed.");
    if (copies.length > 0) say(`What was removed is still in ${copies.join(", ")}: delete that once all is well.`);
  },
});

export const storeCommands = [storeBackup, storeCheck, storeMerge, storeMigrate, storeScrub, ...outsideCommands];

/** @file The last line of an evaluation: where its figures are, and what shows them. */
import { join } from "node:path";
import { rootFolder } from "@sdtt/core/cli";

/** Names the store to the page where that would look elsewhere. */
export function storedLine(root: string): string {
  const store = join(root, "sdtt.sqlite");
  const shown = /[^\w@%+=:,./-]/.test(store) ? `'${store.replaceAll("'", "'\\''")}'` : store;
  const which = root === rootFolder() ? "" : ` --store=${shown}`;
  return `Stored in ${store}. The page: npx nx run dashboard:serve${which}\n`;
}

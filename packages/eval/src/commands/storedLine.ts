/** @file What an evaluation says of going on: where its figures are, what shows them, and commands that find them. */

import { quoted, rootFolder } from "@sdtt/core/cli";
import { storePath } from "@sdtt/core/workspace";

/** Names the store to the page where that would look elsewhere. */
export function storedLine(root: string): string {
  const store = storePath(root);
  const which = root === rootFolder() ? "" : ` --store=${quoted(store)}`;
  return `Stored in ${store}. The page: npx nx run dashboard:serve${which}\n`;
}

/** What draws the temperatures that a student is compared with at equal entropy. */
export const frontierCommand = (checkpoint: string, root: string): string =>
  `npx sdtt frontier --checkpoint=${quoted(checkpoint)}${root === rootFolder() ? "" : ` --root=${quoted(root)}`}`;

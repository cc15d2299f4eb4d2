/** @file Where the migrations lie: two folders up from here, and so from a bundled program one folder into `dist`. */
import { fileURLToPath } from "node:url";

export const migrationsFolder = fileURLToPath(new URL("../../drizzle/migrations", import.meta.url));

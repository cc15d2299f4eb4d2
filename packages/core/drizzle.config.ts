/**
 * @file Where drizzle-kit finds the schema and puts migrations: `npx drizzle-kit generate` in packages/core.
 *
 * After generating, append STRICT to each CREATE TABLE by hand (drizzle-kit cannot say it; a test asserts it), and make
 * one change per migration: a rebuild that also adds a column comes out invalid from drizzle-kit 0.31.11.
 */
import { defineConfig } from "drizzle-kit";

export default defineConfig({ dialect: "sqlite", schema: "./src/store/schema.ts", out: "./drizzle/migrations" });

import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/** Packages of ours are tested from their sources, so that no test needs a build. */
const conditions = ["@sdtt/source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "experiments/src/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: "forks",
    maxWorkers: 2,
    // What a test finds in a store is what it put there; tests of figures that ship name their file.
    env: { SDTT_SHIPPED_FIGURES: "none" },
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@sdtt/source"] },
  ssr: { resolve: { conditions: ["@sdtt/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "experiments/src/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});

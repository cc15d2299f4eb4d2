/** @file The page's views by their addresses, and what a reader of screens would find wrong with one. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

export const chain = "experiment-01/lr-0.001-seed-1";
export const views = {
  home: "/?since=2025-01-01",
  quality: "/curve?experiment=demo&temperatures=all",
  entropy: "/curve?experiment=experiment-01&plane=entropy&temperatures=all",
  odd: "/curve?experiment=odd",
  leaderboard: "/leaderboard?experiment=demo&columns=gain@8,gen-ppl@8,entropy@8,round",
  "leaderboard of all, a config key against a result": "/leaderboard?x=lr&y=gen-ppl@8&sort=gen-ppl@8",
  compare: `/compare?run=${chain}/round-1&run=${chain}/round-2`,
  "what was not run": `/compare?run=${chain}/round-1&run=${chain}/round-2&forecasts=on`,
  samplers: "/samplers?experiment=demo",
  runs: `/runs?filter=stage:round seed:1&columns=lr&run=${chain}/round-1`,
  run: `/run?id=${chain}/round-2&along=tokens&smooth=0.9`,
  rounds: "/curve?experiment=experiment-01&x=round&by=lr",
  accuracy: "/curve?experiment=experiment-01&measure=last-word-accuracy@2",
  sweep: "/sweeps?experiment=demo",
  "training runs as a sweep": "/sweeps?experiment=experiment-01&slice=lr",
  meeting: "/meeting?experiment=demo&week=2026-W47",
  playground: "/playground",
  "blind test": "/blind?experiment=experiment-01&by=ann",
};

export async function seriousFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

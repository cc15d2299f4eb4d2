/** @file Forecasts made apart, of what ships: the same as made here, once for all who ask, a bounded number at a time. */
import { openStore } from "@sdtt/core/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fromJson } from "../../charts/data/wire.js";
import { forecastRuns, type RunForecasts } from "../../read/forecasts.js";
import { type DemoStore, makeDemo } from "../../read/stores/demo.js";
import { openStores, type Stores } from "../../read/stores/stores.js";
import { createApp } from "../app.js";
import { forecaster } from "./forecaster.js";

let demo: DemoStore;
let stores: Stores;
beforeAll(() => {
  demo = makeDemo();
  stores = openStores([demo.path]);
});
afterAll(() => {
  stores.close();
  demo.remove();
});

const runs = ["students/round-5", "students/round-1"];
const minute = { timeout: 120_000 };

it("gives the page what a fit in this process gives", minute, async () => {
  const app = createApp(stores, new Map());
  const query = runs.map((run) => `run=${encodeURIComponent(run)}`).join("&");
  const response = await app.request(`http://localhost/api/forecasts?${query}`);
  expect(response.status).toBe(200);
  const expected = forecastRuns(stores.reader, runs);
  expect(expected.cells).toBeGreaterThan(50);
  expect(fromJson<RunForecasts>(await response.text())).toEqual(expected);
});

it("is made once for all who ask until there is a new figure", minute, async () => {
  const ask = forecaster(stores);
  const both = await Promise.all([ask(runs), ask(runs)]);
  expect(both[0]).toBe(both[1]);
  expect(await ask(runs)).toBe(both[0]);
  const writer = openStore(demo.path);
  const [some] = writer.evaluations({ round: 1 });
  if (some) writer.saveEvaluation({ ...some, seed: 99 });
  writer.close();
  expect(await ask(runs)).not.toBe(both[0]);
});

it("explains an unknown run, and more than may wait, before a process is begun", async () => {
  const ask = forecaster(stores, { waiting: 0, ms: 1000 });
  await expect(ask(["nobody"])).rejects.toThrow("forecasts: each run must be in the store, got nobody.");
  await expect(ask(runs)).rejects.toThrow("forecasts: at most 0 may be made at once, got 1. Try again in a while.");
});

it("ends one that takes too long, names the command, and takes the next", minute, async () => {
  const ask = forecaster(stores, { waiting: 2, ms: 1 });
  await expect(ask(runs)).rejects.toThrow(/must be made within 0.001 s.*npx sdtt forecast --experiment=embedded/);
  await expect(ask(runs)).rejects.toThrow(/must be made within 0.001 s/);
});

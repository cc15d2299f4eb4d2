/**
 * @file The page: asks for the experiment that the URL names, draws it, and keeps the URL in step with the selectors.
 */
import type {} from "chartjs-chart-error-bars";
import type { Curve } from "../charts/curve.js";
import { type CurveChart, curveChart, type Datum } from "../charts/curveChart.js";
import { Chart } from "../charts/register.js";
import { curveTable } from "../charts/table.js";
import { themes } from "../charts/theme.js";
import { api } from "./api.js";
import { byId, make } from "./dom.js";
import { showSamples } from "./samples.js";
import { fillTable } from "./table.js";

const experimentSelect = byId("experiment", "select");
const measureSelect = byId("measure", "select");
const temperaturesBox = byId("temperatures", "input");
const canvas = byId("chart", "canvas");
const message = byId("message", "p");
const content = byId("content", "section");
const isDark = matchMedia("(prefers-color-scheme: dark)");

let chart: Chart<"scatterWithErrorBars", Datum[]> | undefined;
let curve: Curve | undefined;

function open(title: string, keys: readonly string[]): void {
  void showSamples(byId("samples", "section"), title, keys);
}

function draw(): void {
  if (curve === undefined) return;
  const config: CurveChart = curveChart(curve, themes[isDark.matches ? "dark" : "light"]);
  chart?.destroy();
  chart = new Chart(canvas, {
    ...config,
    options: {
      ...config.options,
      onClick: (_, [hit]) => {
        const datum = hit && config.data.datasets[hit.datasetIndex]?.data[hit.index];
        if (datum) open(datum.title.split(":", 1)[0] ?? "", datum.keys);
      },
    },
  });
}

function fill(select: HTMLSelectElement, names: readonly string[], chosen: string): void {
  const options = names.map((name) => {
    const option = make("option", name);
    option.value = name;
    return option;
  });
  select.replaceChildren(...options);
  select.value = chosen;
}

function say(text: string): void {
  message.textContent = text;
  message.hidden = text === "";
}

function show(shown: Curve): void {
  curve = shown;
  const measure = shown.measure;
  experimentSelect.value = shown.experiment;
  fill(
    measureSelect,
    shown.measures.map(({ id }) => id),
    measure?.id ?? "",
  );
  byId("measure-label", "label").hidden = shown.measures.length < 2;
  byId("temperatures-label", "label").hidden = !shown.hasHidden;
  byId("question", "p").textContent = shown.question;
  byId("samples", "section").replaceChildren();
  content.hidden = measure === null;
  say(measure === null ? "This experiment has no evaluations by step count yet." : "");
  if (measure === null) return;
  const name = measure.metric === "gen-ppl" ? "Generative perplexity" : measure.metric;
  const judge = measure.judgeHash === null ? "" : `, judge ${measure.judgeHash.slice(0, 12)}`;
  byId("value-title", "h2").textContent = `${name} (${measure.definition}${judge})`;
  canvas.setAttribute("aria-label", `${name} and entropy against sampling steps; the tables below hold the numbers.`);
  fillTable(byId("value", "table"), curveTable(shown, "value"), open);
  fillTable(byId("entropy", "table"), curveTable(shown, "entropy"), open);
  draw();
}

async function load(query: URLSearchParams): Promise<void> {
  const { experiment, measure, temperatures } = Object.fromEntries(query);
  temperaturesBox.checked = temperatures === "all";
  try {
    show(await api.curve({ experiment, measure, temperatures }));
  } catch (error) {
    content.hidden = true;
    say(error instanceof Error ? error.message : String(error));
  }
}

function select(query: Record<string, string | undefined>): void {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(given);
  history.pushState(null, "", `?${search}`);
  void load(search);
}

async function start(): Promise<void> {
  const temperatures = () => (temperaturesBox.checked ? "all" : undefined);
  const sameExperiment = () =>
    select({ experiment: experimentSelect.value, measure: measureSelect.value, temperatures: temperatures() });
  experimentSelect.addEventListener("change", () => select({ experiment: experimentSelect.value }));
  measureSelect.addEventListener("change", sameExperiment);
  temperaturesBox.addEventListener("change", sameExperiment);
  byId("selection", "form").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("popstate", () => void load(new URLSearchParams(location.search)));
  isDark.addEventListener("change", draw);
  fill(
    experimentSelect,
    (await api.experiments()).map(({ name }) => name),
    "",
  );
  await load(new URLSearchParams(location.search));
}

start().catch((error) => say(error instanceof Error ? error.message : String(error)));

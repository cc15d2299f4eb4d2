/**
 * @file The samples of a chosen point, under where they come from.
 */
import { formatNumber } from "../charts/format.js";
import { api, type EvaluationWithSamples } from "./api.js";
import { make } from "./dom.js";

function provenance({ evaluation, run }: EvaluationWithSamples): string {
  const { checkpointHash, weights, n, nfe, value, entropy, dtype } = evaluation;
  const figures = `${evaluation.metric} ${formatNumber(value)} · entropy ${formatNumber(entropy)} · n = ${n}`;
  const how = `NFE ${formatNumber(nfe)} · ${dtype} · checkpoint ${checkpointHash.slice(0, 12)} (${weights})`;
  const from = run ? ` · ${run.name}, commit ${run.commit.slice(0, 10)}${run.dirty ? " (dirty)" : ""}` : "";
  return `${figures} · ${how}${from}`;
}

function evaluationElement(found: EvaluationWithSamples): HTMLElement {
  const { evaluation, samples, kept } = found;
  const about = make("p", provenance(found));
  about.className = "quiet";
  const shown = kept > samples.length ? `${samples.length} of the ${kept} kept samples` : `${kept} kept samples`;
  const texts = samples.map(({ text }) => make("pre", text));
  return make("section", make("h3", `Seed ${evaluation.seed}: ${shown}`), about, ...texts);
}

/** Fills `place` with the samples of these evaluations; of two clicks the later one wins. */
export async function showSamples(place: HTMLElement, title: string, keys: readonly string[]): Promise<void> {
  const loading = make("p", "Loading…");
  place.replaceChildren(make("h2", `Samples: ${title}`), loading);
  place.scrollIntoView({ block: "nearest" });
  try {
    const found = await Promise.all(keys.map((key) => api.samples(key)));
    if (loading.isConnected) loading.replaceWith(...found.map(evaluationElement));
  } catch (error) {
    loading.replaceWith(make("p", error instanceof Error ? error.message : String(error)));
  }
  place.focus({ preventScroll: true });
}

/**
 * @file Questions to the server, one function each.
 */
import type { EvaluationRecord, ExperimentRecord, RunRecord, SampleRecord } from "@sdtt/core/store";
import type { Curve } from "../charts/curve.js";
import { fromJson } from "../charts/wire.js";

export interface EvaluationWithSamples {
  readonly evaluation: EvaluationRecord;
  readonly run?: RunRecord;
  readonly kept: number;
  readonly samples: readonly SampleRecord[];
}

async function get<T>(path: string, query: Record<string, string | undefined>): Promise<T> {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(`${path}?${new URLSearchParams(given)}`);
  const answer = fromJson<T & { error?: string }>(await response.text());
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

export const api = {
  experiments: () => get<ExperimentRecord[]>("/api/experiments", {}),
  curve: (query: { experiment?: string; measure?: string; temperatures?: string }) => get<Curve>("/api/curve", query),
  samples: (key: string) => get<EvaluationWithSamples>("/api/samples", { key, limit: "10" }),
};

/**
 * @file What a report samples: curves, samplers and frontiers of each model, one model after the other.
 */
import type { Subject } from "../samples/cellIdentity.js";
import { overTemperatures, type Sampling } from "../samples/samplings.js";
import { type ReportPlan, samplesBeside } from "./plan.js";

function curveSamplings({ o, cellAt, judges }: ReportPlan, label: string, subject: Subject): Sampling[] {
  const first = { label, subject, steps: o.steps, settingsAt: cellAt };
  return [first, ...judges.map((judge) => ({ ...first, subject: { ...subject, judge }, again: true as const }))];
}

/** Each sampler, and the temperatures that they are held against. */
function besideSamplings({ o, samplerSettings }: ReportPlan, label: string, subject: Subject): Sampling[] {
  const of = { label, subject, steps: o.samplerSteps };
  const samplers = o.samplers.map((sampler) => ({ ...of, settingsAt: () => ({ ...samplerSettings, sampler }) }));
  return [...samplers, ...overTemperatures(of, samplerSettings, o.temperatures)];
}

export function samplingsOf(plan: ReportPlan): Sampling[] {
  const { o, subjects, frontierSettings } = plan;
  const hasFrontiers = o.only.includes("frontier") && subjects.length > 1;
  return subjects.flatMap(({ label, subject }) => [
    ...(o.only.includes("curve") ? curveSamplings(plan, label, subject) : []),
    ...(samplesBeside(plan, subject) ? besideSamplings(plan, label, subject) : []),
    ...(hasFrontiers
      ? overTemperatures({ label, subject, steps: o.frontierSteps }, frontierSettings, o.temperatures)
      : []),
  ]);
}

/**
 * @file What a report samples: curves, samplers and frontiers of each model, one model after the other.
 */
import type { StoreReader } from "@sdtt/core/store";
import { type Entropies, entropiesIn, reachDown, reachedDown } from "../findings/reachDown.js";
import { teacherStepsOf } from "../findings/teacherSteps.js";
import type { EvaluationRun } from "../record/evaluationRun.js";
import type { Subject } from "../samples/cellIdentity.js";
import { drawAll, overTemperatures, type Sampling } from "../samples/samplings.js";
import type { ReportPlan } from "./parts.js";
import { judgedModels, samplerStepsOf, samplesBeside } from "./plan.js";

type Reading = Pick<StoreReader, "evaluation">;

function curveSamplings({ o, cellAt, judges }: ReportPlan, label: string, subject: Subject): Sampling[] {
  const first = { label, subject, steps: o.steps, settingsAt: cellAt };
  return [first, ...judges.map((judge) => ({ ...first, subject: { ...subject, judge }, again: true as const }))];
}

/** Each sampler, and the temperatures that they are held against. */
function besideSamplings(plan: ReportPlan, label: string, subject: Subject): Sampling[] {
  const { o, samplerSettings } = plan;
  const of = { label, subject, steps: o.samplerSteps };
  const samplers = o.samplers.map((sampler) => {
    return { ...of, steps: samplerStepsOf(plan, sampler), settingsAt: () => ({ ...samplerSettings, sampler }) };
  });
  return [...samplers, ...overTemperatures(of, samplerSettings, o.temperatures)];
}

/** What is held against the teacher's temperatures as it is: controls, and the teacher with top-p. */
function controlSamplings(plan: ReportPlan): Sampling[] {
  const { o, subjects, controls, frontierSettings } = plan;
  const [teacher] = subjects;
  const steps = o.frontierSteps;
  const asIs = controls.flatMap(({ label, subject }) => [
    ...(o.only.includes("curve") ? curveSamplings(plan, label, subject) : []),
    ...(o.only.includes("frontier") ? [{ label, subject, steps, settingsAt: () => frontierSettings }] : []),
  ]);
  if (!o.only.includes("frontier") || !teacher || judgedModels(plan).length < 2) return asIs;
  const nuclei = o.topPs.map((topP) => ({ ...teacher, steps, settingsAt: () => ({ ...frontierSettings, topP }) }));
  return [...asIs, ...nuclei];
}

export function samplingsOf(plan: ReportPlan): Sampling[] {
  const { o, subjects, frontierSettings } = plan;
  const hasFrontiers = o.only.includes("frontier") && judgedModels(plan).length > 1;
  // The first is the teacher of the others: it takes more steps for what they write.
  const all = subjects.flatMap(({ label, subject }, i) => [
    ...(o.only.includes("curve") ? curveSamplings(plan, label, subject) : []),
    ...(samplesBeside(plan, subject) ? besideSamplings(plan, label, subject) : []),
    ...(hasFrontiers
      ? overTemperatures({ label, subject, steps: frontierStepsOf(plan, i === 0) }, frontierSettings, o.temperatures)
      : []),
  ]);
  return [...all, ...controlSamplings(plan)];
}

/** Step counts of a frontier; the teacher's go on where a student may have what it needs more steps for. */
const frontierStepsOf = ({ o }: Pick<ReportPlan, "o">, isTeacher: boolean): readonly number[] =>
  isTeacher ? teacherStepsOf(o.frontierSteps, o) : o.frontierSteps;

function entropiesOf(plan: ReportPlan, store: Reading): Entropies | undefined {
  const { o, frontierSettings } = plan;
  const [teacher, ...students] = judgedModels(plan).map(({ subject }) => subject);
  if (!o.only.includes("frontier") || !teacher || students.length === 0) return undefined;
  return entropiesIn(store, teacher, students, o.frontierSteps, frontierSettings);
}

/** The teacher's temperatures below those asked for, as far as its students' entropies fall. */
export async function drawColder(plan: ReportPlan, run: Pick<EvaluationRun, "store" | "runId">): Promise<void> {
  const { o, engine, name, subjects, frontierSettings: settings } = plan;
  const entropies = entropiesOf(plan, run.store);
  const subject = subjects[0]?.subject;
  if (!entropies || !subject) return;
  await reachDown(entropies, o.temperatures, (temperature) => {
    const settingsAt = () => ({ ...settings, temperature });
    const sampling = { label: "teacher", subject, steps: frontierStepsOf(plan, true), settingsAt };
    return drawAll(engine, { ...run, root: o.root }, `report ${name}, τ = ${temperature}`, [sampling]);
  });
}

/** The plan with the temperatures that there are. */
export function withColder(plan: ReportPlan, store: Reading): ReportPlan {
  const entropies = entropiesOf(plan, store);
  return entropies ? { ...plan, o: { ...plan.o, temperatures: reachedDown(entropies, plan.o.temperatures) } } : plan;
}

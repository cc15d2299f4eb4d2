/**
 * @file Part B of SDTT: xt, the teacher's substeps and targets on recorded draws, and the student's loss against them.
 */
import { maskedPositions, maskTokens, moveChanceAt, sampleTimes, substepTimes } from "@sdtt/core/diffusion";
import { type Denoiser, openDenoiser, sample, samplers } from "@sdtt/core/sampler";
import { roundStep, sdttTargets, type Targets } from "@sdtt/distill/method";
import { type Check, type Context, flatten } from "./context.js";
import type { Part } from "./folder.js";
import { lossRows, openLosses } from "./lossRows.js";
import { publishedDraw, recorded } from "./published.js";
import { close, type Row, same, sameByStep, timeTolerance, tolerances } from "./rows.js";
import { logProbsOf, subsRows } from "./subsRows.js";
import { type TargetCase, targetMetaSchema } from "./targetCases.js";

/** A case with its folder and its name. */
interface Given {
  readonly name: string;
  readonly part: Part;
  readonly x0: Int32Array;
  readonly eps: number;
  readonly recordedCase: TargetCase;
}

function noiseRows({ model }: Context, { name, part, x0, eps, recordedCase }: Given): Row[] {
  const { u_t, t, dt, xt, move_chance, num_distill_steps: m, orig_num_sampling_steps: K } = recordedCase;
  const times = sampleTimes(recorded(u_t), t.length, eps);
  const masked = maskTokens(recorded(part.array("u_mask.npy").data), x0, Float64Array.from(t), model.vocabSize - 1);
  const grids = t.map((start) => substepTimes("published-code", start, dt, m));
  const bySubstep = Array.from({ length: m }, (_, i) => grids.map((grid) => grid[i] as number));
  return [
    close(`${name} dt`, [(1 - eps) * roundStep(K, m, 1)], [dt], timeTolerance),
    close(`${name} t`, times, t, timeTolerance),
    close(`${name} move chance`, t.map(moveChanceAt), move_chance.flat(), timeTolerance),
    same(`${name} xt`, masked, flatten(xt)),
    close(`${name} teacher's times`, bySubstep.flat(), recordedCase.teacher_t_per_step.flat(), timeTolerance),
  ];
}

/** The rows after the last substep, whose draw targets do not need: one more step of the sampler, row by row. */
async function lastState(teacher: Denoiser, { part, recordedCase }: Given, before: Int32Array): Promise<Int32Array> {
  const { t, dt, num_distill_steps: m, sampling_mode: mode } = recordedCase;
  const length = before.length / t.length;
  const state = before.slice();
  for (const [row, start] of t.entries()) {
    const at = substepTimes("published-code", start, dt, m)[m - 1] as number;
    const fixed = before.slice(row * length, (row + 1) * length).map((id) => (id === teacher.maskId ? -1 : id));
    await sample(
      teacher,
      { ...samplers[mode], times: () => Float64Array.of(at, at - dt) },
      {
        ...{ numSteps: 1, batch: 1, length, seed: 0, first: row, fixed },
        draw: publishedDraw(part.array("u_steps.npy"), m - 1),
        onStep: (_, ids) => state.set(ids, row * length),
      },
    );
  }
  return state;
}

function stateRows({ name, recordedCase }: Given, maskId: number, states: readonly Int32Array[]): Row[] {
  const all = [flatten(recordedCase.xt), ...states];
  const left = all.map((ids) => maskedPositions(ids, maskId).length);
  const changed = left.slice(1).map((count, i) => (left[i] as number) - count);
  return [
    sameByStep(`${name} x after each substep`, states, recordedCase.intermediate_x.map(flatten)),
    same(`${name} masked, how many`, left.slice(0, 1), [recordedCase.num_masked]),
    same(`${name} changed a substep`, changed, recordedCase.num_changed_per_step),
  ];
}

/** A denoiser's log-probabilities for rows of ids, against an array of all positions. */
async function logProbRows(
  { engine, model, tolerance }: Context,
  denoiser: Denoiser,
  name: string,
  ids: readonly (readonly number[])[],
  published: ArrayLike<number>,
): Promise<Row[]> {
  const xt = flatten(ids);
  const logits = await denoiser.logits(xt, ids.length, maskedPositions(xt, denoiser.maskId));
  const logProbs = await logProbsOf(engine, logits, model.vocabSize);
  return subsRows({ name, xt, logProbs, published, tolerance: (peak) => tolerance(tolerances.logProbs, peak) });
}

/** The teacher at what each substep saw, all substeps as rows of one batch. */
async function teacherRows(context: Context, teacher: Denoiser, { name, part, recordedCase }: Given): Promise<Row[]> {
  const { xt, intermediate_x: after, num_distill_steps: m } = recordedCase;
  const published = part.array("teacher_logp_steps.npy").data;
  return logProbRows(context, teacher, `${name} teacher`, [xt, ...after.slice(0, m - 1)].flat(), published);
}

async function targetRows(
  { engine, model, tolerance }: Context,
  { name, part, recordedCase }: Given,
  targets: Targets,
) {
  return subsRows({
    ...{ name: `${name} targets`, xt: flatten(recordedCase.xt), revealed: "zero" },
    published: part.array("targets.npy").data,
    logProbs: await logProbsOf(engine, targets.logits, model.vocabSize),
    tolerance: (peak) => tolerance(tolerances.logProbs, peak),
  });
}

/** The published code's targets, by the function that `round` runs. */
function targetsOf(teacher: Denoiser, { part, recordedCase }: Given): Promise<Targets> {
  const { xt, t, dt, num_distill_steps: substeps } = recordedCase;
  const options = { dt, substeps, grid: "published-code" } as const;
  const draw = publishedDraw(part.array("u_steps.npy"));
  return sdttTargets(teacher, flatten(xt), Float64Array.from(t), options, draw);
}

export const targetChecks: Check = async (context, part) => {
  const meta = part.json("meta.json", targetMetaSchema);
  const { engine, model } = context;
  const weights = part.weights("student.safetensors");
  const student = openDenoiser(engine, model, weights);
  const teacher = context.denoiser(context.teacherName);
  const losses = openLosses(context, weights);
  const rows: Row[] = [];
  for (const [name, recordedCase] of Object.entries(meta.cases)) {
    const given = { name, recordedCase, part: part.folder(name), x0: flatten(meta.x0), eps: meta.sampling_eps };
    const targets = await targetsOf(teacher, given);
    const before = targets.states.at(-1) ?? flatten(recordedCase.xt);
    const states = [...targets.states, await lastState(teacher, given, before)];
    rows.push(...noiseRows(context, given), ...stateRows(given, teacher.maskId, states));
    rows.push(...(await teacherRows(context, teacher, given)), ...(await targetRows(context, given, targets)));
    const published = given.part.array("student_logprobs.npy").data;
    rows.push(...(await logProbRows(context, student, `${name} student`, recordedCase.xt, published)));
    rows.push(...(await lossRows(losses, name, given.part, recordedCase, targets)));
  }
  student.dispose();
  losses.close();
  return rows;
};

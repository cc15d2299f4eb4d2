/**
 * @file The student's losses against the targets of a case, and their gradients where the folder has them.
 */
import { type Specs, sameShape, specsOfTensors, type TensorMap } from "@sdtt/core/base";
import type { Program } from "@sdtt/core/engine";
import { grouped, groupOf, wholeLoss } from "@sdtt/core/optim";
import { divergenceLoss, roundInputs, type Targets } from "@sdtt/distill/method";
import type * as tf from "@tensorflow/tfjs-core";
import { type Context, flatten } from "./context.js";
import { firstGradients } from "./firstGradients.js";
import type { Part } from "./folder.js";
import { publishedLosses } from "./losses.js";
import { close, largest, type Row } from "./rows.js";
import type { TargetCase } from "./targetCases.js";
import { largestOf, tensorRow } from "./tensorRows.js";

/** Every form of every loss in one program for each shape of a batch. */
export interface Losses {
  readonly context: Context;
  readonly weights: TensorMap;
  /** Values by `name/form`. */
  values(inputs: TensorMap): Promise<Record<string, number>>;
  close(): void;
}

const forms = Object.entries(publishedLosses).flatMap(([key, loss]) =>
  loss.forms.map((form, i) => ({ key: `${key}/${i}`, form })),
);

export function openLosses(context: Context, weights: TensorMap): Losses {
  const { engine, model } = context;
  const programs: { specs: Specs; program: Program }[] = [];
  const state = grouped("model", weights);
  const fn = (given: Record<string, tf.Tensor>) => {
    const params = groupOf("model", given);
    const entryOf = ({ key, form }: (typeof forms)[number]) =>
      [key, wholeLoss(divergenceLoss(model, form.divergence, form.logProbs))(params, given)] as const;
    return Object.fromEntries(forms.map(entryOf));
  };
  return {
    ...{ context, weights },
    async values(inputs) {
      const specs = specsOfTensors(inputs);
      const fits = (other: Specs) =>
        Object.entries(specs).every(([name, { shape }]) => sameShape(shape, other[name]?.shape ?? []));
      let found = programs.find((one) => fits(one.specs));
      if (!found) {
        found = { specs, program: await engine.compile(fn, { name: "losses", inputs: specs, state }) };
        found.program.load(state);
        programs.push(found);
      }
      const outputs = await found.program.run(inputs);
      return Object.fromEntries(Object.entries(outputs).map(([key, { data }]) => [key, data[0] as number]));
    },
    close() {
      for (const { program } of programs) program.dispose();
    },
  };
}

/** Rows of one case. */
export async function lossRows(
  losses: Losses,
  name: string,
  part: Part,
  recordedCase: TargetCase,
  targets: Targets,
): Promise<Row[]> {
  if (targets.positions.length === 0) return [];
  const { model, engine, tolerance } = losses.context;
  const { xt, losses: recorded } = recordedCase;
  const shape = [xt.length, xt[0]?.length as number] as const;
  const { inputs } = roundInputs(flatten(xt), shape, targets, model.vocabSize);
  const values = await losses.values(inputs);
  const rows: Row[] = [];
  for (const [key, loss] of Object.entries(publishedLosses)) {
    for (const [i, form] of loss.forms.entries()) {
      const published = form.recordedAs.flatMap((one) => recorded[key]?.[one] ?? []);
      if (published.length === 0) continue;
      const got = published.map(() => values[`${key}/${i}`] as number);
      rows.push(close(`${name} ${loss.name}${form.label}`, got, published, tolerance(loss.loss, largest(published))));
    }
    const file = `grads.${key}.safetensors`;
    if (!part.has(file)) continue;
    const [{ divergence, logProbs, label }] = loss.forms;
    const published = part.weights(file);
    const of = wholeLoss(divergenceLoss(model, divergence, logProbs));
    const got = await firstGradients(engine, of, losses.weights, specsOfTensors(inputs), inputs);
    const allowed = tolerance(loss.gradients, largestOf(published));
    rows.push(tensorRow(`${name} ${loss.name} gradients${label}`, got, published, allowed));
  }
  return rows;
}

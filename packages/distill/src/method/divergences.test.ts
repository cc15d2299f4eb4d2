import { openEngine } from "@sdtt/core/engine";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type DivergenceName, divergenceNames, divergences } from "./divergences.js";

beforeAll(async () => {
  await openEngine("reference");
  await tf.setBackend("cpu");
});

const student = [0.5, 0.25, 0.25];
const teacher = [0.7, 0.2, 0.1];

/** One row of log-probabilities, the mask column at the published −10⁶ unless given. */
const row = (p: readonly number[], mask = -1e6) => tf.tensor2d([[...p.map(Math.log), mask]]);

const of = (name: DivergenceName, s = row(student), t = row(teacher)) => divergences[name](s, t).dataSync()[0];

describe("divergences", () => {
  it.each<[DivergenceName, number]>([
    ["reverse-kl", 0.116623],
    ["forward-kl", 0.099273],
    ["total-variation", 0.2],
    ["log-mse", 0.334199],
    ["jensen-shannon", 0.026368],
  ])("%s has its value by hand, %d", (name, value) => {
    expect(of(name)).toBeCloseTo(value, 5);
  });

  it("reverse-kl is KL(student ‖ teacher), and forward-kl the other way round", () => {
    const kl = (p: readonly number[], q: readonly number[]) =>
      p.reduce((sum, value, i) => sum + value * Math.log(value / (q[i] as number)), 0);
    expect(of("reverse-kl")).toBeCloseTo(kl(student, teacher), 5);
    expect(of("forward-kl")).toBeCloseTo(kl(teacher, student), 5);
    expect(of("reverse-kl")).toBeCloseTo(of("forward-kl", row(teacher), row(student)) as number, 6);
  });

  it.each(divergenceNames)("%s is zero for equals and never counts the mask column", (name) => {
    expect(of(name, row(student), row(student))).toBe(0);
    expect(of(name, row(student, -1e6), row(teacher, -1e6 + 0.0625))).toBeCloseTo(of(name) as number, 6);
  });

  it.each(divergenceNames)("%s pulls the student's logits towards the teacher", (name) => {
    const loss = (logits: tf.Tensor) => tf.sum(divergences[name](tf.logSoftmax(logits), row(teacher)) as tf.Tensor1D);
    const gradient = tf
      .grad(loss as (x: tf.Tensor) => tf.Scalar)(row(student, -1e6))
      .dataSync();
    expect(gradient[0]).toBeLessThan(0);
    expect(gradient[2]).toBeGreaterThan(0);
  });
});

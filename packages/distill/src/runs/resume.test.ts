import { UserError } from "@sdtt/core";
import { expect, it } from "vitest";
import { refuseChanged } from "./resume.js";

const began = { updates: 10, sequences: 8, lr: 1e-3 };
const now = { ...began, weightDecay: 0, beta1: 0.9, beta2: 0.999, clip: 1 };

it("a run that began before an option existed goes on with what was then the only value, and with no other", () => {
  expect(() => refuseChanged("round", began, now)).not.toThrow();
  expect(() => refuseChanged("round", began, { ...now, beta2: 0.95 })).toThrow(UserError);
  expect(() => refuseChanged("round", began, { ...now, beta2: 0.95 })).toThrow("got beta2 0.999 → 0.95.");
});

it("memory may be spread in another way when a run goes on, its batch may not change", () => {
  expect(() => refuseChanged("round", began, { ...now, microbatch: 2, headChunk: 64 })).not.toThrow();
  expect(() => refuseChanged("round", began, { ...now, sequences: 4 })).toThrow("got sequences 8 → 4.");
});

import { UserError } from "@sdtt/core/base";
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

const wsd = { updates: 100, decay: 0, schedule: "wsd", lr: 1e-3, warmup: 10 };

it("training is given another end while its rate has not begun to fall, and not afterwards", () => {
  expect(() => refuseChanged("pretrain", wsd, { ...wsd, updates: 400, decay: 80 }, 100)).not.toThrow();
  expect(() => refuseChanged("pretrain", wsd, { ...wsd, updates: 120, decay: 20 }, 100)).not.toThrow();
  const decayed = { ...wsd, decay: 20 };
  expect(() => refuseChanged("pretrain", decayed, { ...wsd, updates: 400 }, 80)).not.toThrow();
  expect(() => refuseChanged("pretrain", decayed, { ...wsd, updates: 400 }, 81)).toThrow(
    "pretrain: another --updates must leave the 81 updates that are done as they were, got 100 (--decay=20, --schedule=wsd) → 400 (--decay=0, --schedule=wsd). Only wsd before its decay, and constant, go on for longer; else choose another --name.",
  );
  const cosine = { ...wsd, schedule: "cosine" };
  expect(() => refuseChanged("pretrain", cosine, { ...cosine, updates: 400 }, 50)).toThrow("another --updates");
  expect(() => refuseChanged("pretrain", wsd, { ...wsd, updates: 50 }, 60)).toThrow("another --updates");
  expect(() => refuseChanged("pretrain", wsd, { ...wsd, updates: 400, lr: 1 }, 50)).toThrow("got lr 0.001 → 1.");
});

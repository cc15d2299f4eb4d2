/** @file `exact`: what SDTT does to laws that can be enumerated, computed without sampling or training. */
import { userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { z } from "zod";
import { joints } from "./joints.js";
import { reportOf } from "./report.js";
import { studyOf } from "./study.js";

export const exact = defineCommand({
  name: "exact",
  summary: "exact K-step laws of teacher and students on three small distributions",
  options: z.object({
    initialSteps: z.int().positive().default(16).describe("1/Δ of the first round; Δ doubles with each round"),
    rounds: z.int().positive().default(4).describe("rounds in a row"),
    steps: z.array(z.int().positive()).min(1).default([1, 2, 4, 8, 16, 64]).describe("step counts K"),
  }),
  rules({ initialSteps, rounds }) {
    if (2 ** rounds <= initialSteps) return;
    const got = `${rounds} rounds from 1/${initialSteps} (flags --rounds, --initial-steps)`;
    throw userError("exact", "two teacher steps must fit into unit time", got, "Run fewer rounds or begin smaller.");
  },
  async run({ initialSteps, rounds, steps }) {
    for (const joint of joints) {
      process.stdout.write(`${reportOf(studyOf(joint, { initialSteps, rounds, counts: steps }))}\n\n`);
    }
  },
});

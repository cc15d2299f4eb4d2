/** @file The options of every command that samples: by which law, and how sharply tokens are drawn. */
import { z } from "zod";
import { pinnedSampler, samplerChoices } from "./choose.js";

export const samplerFlag = {
  sampler: z
    .string()
    .transform(pinnedSampler)
    .default("ancestral")
    .describe(
      `one of ${samplerChoices.join(", ")}, or a FILE of your own; NAME:VALUE sets its parameter, NAME:A:B several, threshold:calibrated=FILE one that eval:calibrate found; +guided:W behind any guides it`,
    ),
};

export const partnerFlag = {
  partner: z
    .string()
    .optional()
    .describe(
      "folder of the second network of samplers that ask one; default: the AR baseline, or the teacher of verified",
    ),
};

export const drawFlags = {
  temperature: z.number().positive().default(1).describe("of the token draws; 1 is the model itself"),
  topP: z.number().positive().max(1).default(1).describe("draw from the likeliest tokens of this mass; 1: from all"),
};

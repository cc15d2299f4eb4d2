/** @file The options of every command that computes: which engine, where, and on how many threads. */
import { z } from "zod";
import { devices, engineChoices } from "./open.js";

export const engineFlags = {
  engine: z.enum(engineChoices).default("auto").describe("tensor engine"),
  device: z.enum(devices).default("cpu").describe("where the onnx engine computes: on a graphics card it needs one"),
  threads: z.int().positive().optional().describe("threads of the engine; default: all"),
};

/** @file The options of every command that computes: which engine, where, and on how many threads. */
import { z } from "zod";
import { halfTypes } from "./onnx/products.js";
import { devices, engineChoices } from "./open.js";

export const engineFlags = {
  engine: z.enum(engineChoices).default("auto").describe("tensor engine"),
  device: z.enum(devices).default("cpu").describe("where the onnx engine computes: on a graphics card it needs one"),
  threads: z.int().positive().optional().describe("threads of the engine; default: all"),
};

/** For commands whose figures say what they were computed with: parity, benchmarks, and trainings, which keep their options. */
export const productsFlag = {
  products: z
    .enum(halfTypes)
    .optional()
    .describe("round what the onnx engine multiplies, and what comes out, to half precision; default: float32"),
};

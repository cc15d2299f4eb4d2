/** @file The parts that queries have in common. An address is text: numbers and lists are read from it. */
import { z } from "zod";
import { unique } from "../charts/data/lines.js";

export const count = z.coerce.number().int().min(0);

/** Words with commas between them. */
export const list = z.string().transform((text) => text.split(",").filter((part) => part !== ""));

/** `run=a&run=b`: each once. */
export const runs = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((given) => unique([given ?? []].flat()))
  .describe("a run's id; may stand several times");

export const experiment = z.string().optional().describe("its name; left out: the newest with evaluations");
export const steps = count.optional().describe("a step count that was judged");

export const selection = {
  experiment,
  measure: z.string().optional().describe("definition and judge, as the answer lists them; left out: gen-PPL"),
  temperatures: z.enum(["1", "all"]).default("1").describe("whether lines of other temperatures are given too"),
  x: z.enum(["steps", "nfe", "time", "round"]).optional().describe("what is on the horizontal axis"),
  by: list.optional().describe("lines apart by these too, with commas: seed, name, a key of the training config"),
  rounds: list
    .transform((parts) => parts.map(Number))
    .pipe(z.array(z.number().int().min(0)))
    .optional()
    .describe("only these rounds, with commas"),
};

/** Of samplers side by side. */
export const samplersSelection = {
  experiment,
  temperatures: z
    .enum(["1", "own", "all"])
    .default("own")
    .describe(
      "lines at temperature 1; at others too where a sampler was never drawn at 1; all, with the sceptic's control",
    ),
};

/** The selection of a curve as `curveFrom` takes it. */
export function selectionOf<T extends { readonly temperatures: "1" | "all" }>({ temperatures, ...query }: T) {
  return { ...query, allTemperatures: temperatures === "all" };
}

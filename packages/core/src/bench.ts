/**
 * @file `core bench`: what an update and a sample cost here, with the machine's own matrix rate beside them.
 *
 * Times are medians after a warm-up run, with the interquartile range; nothing is checked against a limit.
 */
import { z } from "zod";
import { defineCommand } from "./cli/command.js";
import { weightedNll } from "./diffusion/nelbo.js";
import type { Engine } from "./engine/engine.js";
import { engineChoices, openEngine } from "./engine/select.js";
import { initialise, parameterCount, specsOf, zerosLike } from "./model/params.js";
import type { ModelConfig } from "./model/presets.js";
import { modelParameters } from "./model/presets.js";
import { capacityFor, padPositions } from "./model/rows.js";
import { adamwDefaults, adamwScalarSpecs, adamwScalars } from "./optim/adamw.js";
import { grouped, updateFunction, updateStateSpecs } from "./optim/update.js";
import { matrixRates } from "./plan/rate.js";
import { startProgress } from "./progress.js";
import { machineOf } from "./provenance.js";
import { randomStream } from "./random.js";
import { sampleAncestral } from "./sampler/ancestral.js";
import { openDenoiser } from "./sampler/denoiser.js";
import { float32, int32, specsOfTensors, type TensorMap } from "./tensor.js";

const options = z.object({
  width: z.int().positive().default(256).describe("D"),
  blocks: z.int().positive().default(4).describe("transformer blocks"),
  heads: z.int().positive().default(4).describe("attention heads"),
  length: z.int().positive().default(128).describe("L, tokens a sequence"),
  vocab: z.int().positive().default(512).describe("tokens without the mask"),
  sequences: z.int().positive().default(16).describe("B, sequences at once"),
  steps: z.array(z.int().positive()).default([8, 32, 128]).describe("sampling step counts, as in 8,32"),
  repeats: z.int().min(1).default(5).describe("timed runs of each; the warm-up comes on top"),
  engine: z.enum(engineChoices).default("auto").describe("tensor engine"),
  threads: z.int().positive().optional().describe("threads of the engine; default: all"),
  json: z.boolean().default(false).describe("print JSON instead of a table"),
});

type Options = z.output<typeof options>;

interface Timing {
  readonly ms: number;
  readonly quartiles: readonly [number, number];
  readonly tokensPerSecond?: number;
}

async function timed(run: () => Promise<unknown>, repeats: number, tokens?: number): Promise<Timing> {
  await run();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] as number;
  const ms = at(0.5);
  return { ms, quartiles: [at(0.25), at(0.75)], ...(tokens && { tokensPerSecond: (1000 * tokens) / ms }) };
}

function modelOf(o: Options): ModelConfig & { kind: "dit" } {
  const { width, blocks, heads, length, vocab } = o;
  const rest = { conditioning: 128, dropout: 0, causal: false } as const;
  return { kind: "dit", width, blocks, heads, length, vocabSize: vocab + 1, ...rest };
}

/** Inputs of an update with half of the tokens masked, as they are on average. */
function updateInputs({ sequences, length, vocab }: Options): { inputs: TensorMap; capacity: number } {
  const total = sequences * length;
  const random = randomStream(0, "bench");
  const chosen = Array.from({ length: total }, (_, i) => i).filter((i) => i % 2 === 0);
  const capacity = capacityFor(chosen.length, total);
  const ids = Int32Array.from({ length: total }, (_, i) => (i % 2 === 0 ? vocab : random.integer(vocab)));
  const weights = new Float32Array(capacity).fill(1 / total, 0, chosen.length);
  const inputs = {
    ids: int32([sequences, length], ids),
    positions: int32([capacity], padPositions(chosen, capacity, total)),
    targets: int32(
      [capacity],
      Int32Array.from({ length: capacity }, () => random.integer(vocab)),
    ),
    weights: float32([capacity], weights),
  };
  return { inputs, capacity };
}

async function benchUpdate(engine: Engine, o: Options, weights: TensorMap) {
  const model = modelOf(o);
  const specs = specsOf(modelParameters(model));
  const { inputs } = updateInputs(o);
  const start = performance.now();
  const program = await engine.compile(updateFunction(weightedNll(model), adamwDefaults), {
    name: "mdlm_update",
    inputs: { ...specsOfTensors(inputs), ...adamwScalarSpecs },
    state: updateStateSpecs(specs),
  });
  const compileMs = performance.now() - start;
  const zeros = zerosLike(specs);
  const moments = { ...grouped("adam.m", zeros), ...grouped("adam.v", zeros) };
  program.load({ ...grouped("model", weights), ...grouped("ema", weights), ...moments });
  let n = 0;
  const step = () => program.run({ ...inputs, ...adamwScalars(++n, 1e-4, adamwDefaults) });
  const update = await timed(step, o.repeats, o.sequences * o.length);
  program.dispose();
  return { compileMs, update };
}

async function benchSampling(engine: Engine, o: Options, weights: TensorMap): Promise<Record<string, Timing>> {
  const denoiser = openDenoiser(engine, modelOf(o), weights);
  const found: Record<string, Timing> = {};
  for (const numSteps of o.steps) {
    const run = () => sampleAncestral(denoiser, { numSteps, batch: o.sequences, seed: 0 });
    found[`sample_${numSteps}`] = await timed(run, o.repeats, o.sequences * o.length);
  }
  denoiser.dispose();
  return found;
}

const row = (name: string, { ms, quartiles, tokensPerSecond }: Timing): string =>
  [
    name.padEnd(14),
    `${ms.toFixed(1)} ms`.padStart(12),
    `[${quartiles.map((q) => q.toFixed(1)).join(", ")}]`.padStart(20),
    tokensPerSecond ? `${Math.round(tokensPerSecond)} tokens/s`.padStart(18) : "",
  ].join("");

export const bench = defineCommand({
  name: "bench",
  summary: "medians of an update and of sampling at any size, beside the machine's matrix rate",
  options,
  async run(o) {
    const engine = await openEngine(o.engine, { threads: o.threads });
    const parameters = modelParameters(modelOf(o));
    const weights = initialise(parameters, 0);
    const progress = startProgress({ label: "bench", total: 3, unit: "parts" });
    const { median: gflops } = await matrixRates(engine, o.repeats);
    progress.update(1, "update");
    const { compileMs, update } = await benchUpdate(engine, o, weights);
    progress.update(2, "sampling");
    const timings = { mdlm_update: update, ...(await benchSampling(engine, o, weights)) };
    progress.done();
    const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    const facts = { machine: machineOf(), engine: engine.description, parameters: parameterCount(parameters) };
    if (o.json) {
      process.stdout.write(`${JSON.stringify({ ...facts, gflops, compileMs, peakMiB, ...timings }, null, 2)}\n`);
      return;
    }
    const lines = Object.entries(timings).map(([name, timing]) => row(name, timing));
    const head = `${facts.machine} · ${facts.engine} · ${(facts.parameters / 1e6).toFixed(2)}M parameters`;
    const tail = `compile ${compileMs.toFixed(0)} ms · square product ${gflops.toFixed(0)} GFLOP/s · peak ${peakMiB} MiB`;
    process.stdout.write(`${[head, ...lines, tail].join("\n")}\n`);
  },
});

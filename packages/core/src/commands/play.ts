/**
 * @file `core play`: the page's playground asks it by lines of JSON, and it answers by lines, token by token as they are revealed.
 *
 * One sample at a time on few threads; between two steps it hears that it shall stop. Models stay open, the last three of them.
 * It opens what it is told to and trusts who asks: the page's server, which lets nobody name a folder.
 */
import { createInterface } from "node:readline";
import { z } from "zod";
import type { TensorMap } from "../base/tensor.js";
import { findCheckpoint } from "../checkpoint/find.js";
import { loadWeights } from "../checkpoint/layout.js";
import { defineCommand } from "../cli/command.js";
import type { Engine } from "../engine/contract.js";
import { openEngine } from "../engine/open.js";
import { engineFlags } from "../engine/options.js";
import { canvasOf } from "../sampler/canvas.js";
import { parseSampler, sampleWith } from "../sampler/choose.js";
import { type Denoiser, openDenoiser } from "../sampler/network/denoiser.js";
import { tokenizerOf } from "../text/tokenizer/find.js";
import type { Tokenizer } from "../text/tokenizer/tokenizer.js";

const asked = z.object({
  id: z.string(),
  checkpoint: z.string(),
  text: z.string().default(""),
  tokens: z.int().min(2).optional(),
  steps: z.int().positive(),
  sampler: z.string(),
  temperature: z.number().positive(),
  seed: z.int().nonnegative(),
});
type Asked = z.output<typeof asked>;

const stop = z.object({ stop: z.string() });

/** Checkpoints to be open before the first request, which is answered by `ready`. */
const opening = z.object({ open: z.array(z.string()) });

interface Opened {
  readonly denoiser: Denoiser;
  readonly tokenizer: Tokenizer;
  readonly length: number;
}

class Ended extends Error {}

const mostOpen = 3;

function openModel(engine: Engine, folder: string): Opened {
  const { path, part, state } = findCheckpoint(folder, "student");
  const { model, tokenizerHash } = state;
  return {
    denoiser: openDenoiser(engine, model, loadWeights(path, part) as TensorMap),
    tokenizer: tokenizerOf({ path, tokenizerHash }, {}),
    length: model.length,
  };
}

function opener(engine: Engine) {
  const open = new Map<string, Opened>();
  return (folder: string): Opened => {
    const found = open.get(folder) ?? openModel(engine, folder);
    open.delete(folder);
    open.set(folder, found);
    for (const [oldest, { denoiser }] of [...open].slice(0, -mostOpen)) {
      denoiser.dispose();
      open.delete(oldest);
    }
    return found;
  };
}

/** Who asks for one that cannot be opened is told why. */
function openEarly(open: ReturnType<typeof opener>, folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      open(folder);
    } catch {}
  }
}

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Rests after each step, for `share` of the processor time that was used since the last one. */
function restsOf(share: number) {
  let [used, ms] = [process.cpuUsage(), 0];
  return {
    ms: () => ms,
    take: () => {
      const { user, system } = process.cpuUsage(used);
      const own = (share * (user + system)) / 1000;
      if (own > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, own);
      [used, ms] = [process.cpuUsage(), ms + own];
    },
  };
}

/** A line for each step that revealed something: which tokens, their text, milliseconds since the beginning without rests. */
async function play({ id, ...o }: Asked, opened: Opened, isStopped: () => boolean, rest: number): Promise<void> {
  const { denoiser, tokenizer, length } = opened;
  const isInfill = /\[\d+\]/.test(o.text);
  // A text with holes ends where it ends.
  const row = canvasOf(isInfill ? { infill: o.text } : { prompt: o.text, tokens: o.tokens }, tokenizer, length);
  const pieceOf = (token: number) => tokenizer.decode(Int32Array.of(token));
  const given = [...row].map((token) => (token < 0 ? null : pieceOf(token)));
  say({ id, event: "start", given });
  let before: Int32Array = row.map((token) => (token < 0 ? denoiser.maskId : token));
  const began = performance.now();
  const rests = restsOf(rest);
  const ms = () => Math.round(10 * (performance.now() - began - rests.ms())) / 10;
  const onStep = (step: number, ids: Int32Array) => {
    if (isStopped()) throw new Ended();
    const tokens = [...ids.keys()].flatMap((i) => {
      const token = ids[i] as number;
      if (token === before[i]) return [];
      return [[i, token === denoiser.maskId ? null : pieceOf(token)]];
    });
    before = ids.slice();
    say({ id, event: "step", step, ms: ms(), tokens });
    rests.take();
  };
  const { steps: numSteps, temperature, seed } = o;
  const drawn = { numSteps, temperature, seed, length: row.length, batch: 1, fixed: row, onStep };
  const { nfe, ids } = await sampleWith(parseSampler(o.sampler), denoiser, drawn);
  onStep(o.steps + 1, ids);
  say({ id, event: "end", nfe: nfe[0], ms: ms() });
}

export const playText = defineCommand({
  name: "play",
  summary: "what the page's playground asks: requests as lines of JSON on standard input, text as it is revealed",
  options: z.object({
    rest: z.number().min(0).default(0).describe("rest after a step, in units of the processor time that it took"),
    ...engineFlags,
  }),
  async run(o) {
    const open = opener(await openEngine(o.engine, o));
    const stopped = new Set<string>();
    let last: Promise<void> = Promise.resolve();
    for await (const line of createInterface({ input: process.stdin })) {
      const value: unknown = JSON.parse(line);
      const ending = stop.safeParse(value);
      if (ending.success) {
        stopped.add(ending.data.stop);
        continue;
      }
      const early = opening.safeParse(value);
      if (early.success) {
        openEarly(open, early.data.open);
        say({ event: "ready" });
        continue;
      }
      const request = asked.parse(value);
      const isStopped = () => stopped.has(request.id);
      last = last
        .then(async () => {
          if (!isStopped()) await play(request, open(request.checkpoint), isStopped, o.rest);
        })
        .catch((error) => {
          if (!(error instanceof Ended)) say({ id: request.id, event: "error", message: (error as Error).message });
        })
        .finally(() => stopped.delete(request.id));
    }
    await last;
  },
});

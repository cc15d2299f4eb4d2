/**
 * @file `samples`: what the assets write, side by side as Markdown: the teacher with all steps, the last student with 32 tokens
 * at once, the teacher with as many and guidance, and the AR baseline. The first ones of the seed, not chosen.
 */
import { join } from "node:path";
import { defineCommand, markdownRows } from "@sdtt/core/cli";
import { type Engine, engineFlags, openEngine } from "@sdtt/core/engine";
import { openDecoder, openDenoiser, reportedGuidance, sampleAutoregressive } from "@sdtt/core/sampler";
import { loadTokenizer, type Tokenizer } from "@sdtt/core/text";
import { assetsFolder, roundAssets } from "@sdtt/core/workspace";
import { type Checkpoint, openCheckpoint } from "@sdtt/eval/record";
import { drawSamples } from "@sdtt/eval/samples";
import { z } from "zod";

const options = z.object({
  count: z.int().positive().default(2).describe("samples of each"),
  characters: z.int().positive().default(400).describe("characters of each, from its beginning"),
  seed: z.int().nonnegative().default(1).describe("seed of the draws"),
  assets: z.string().default(assetsFolder).describe("folder of the assets"),
  ...engineFlags,
});

type Options = z.output<typeof options>;

/** Tokens at once of the student. */
const atOnce = 32;

interface How {
  readonly steps: number;
  readonly temperature?: number;
  readonly sampler?: string;
}

async function denoised(engine: Engine, { model, tensors }: Checkpoint, how: How, { count, seed }: Options) {
  const denoiser = openDenoiser(engine, model, tensors);
  const { steps, ...law } = how;
  const { ids } = await drawSamples(denoiser, steps, {
    samples: count,
    sequences: count,
    seed,
    temperature: 1,
    ...law,
  });
  denoiser.dispose();
  return ids;
}

async function autoregressive(engine: Engine, { model, tensors }: Checkpoint, start: number, o: Options) {
  const network = openDecoder(engine, model, tensors);
  const drawn = await sampleAutoregressive(network, { batch: o.count, start, seed: o.seed, first: 0 });
  network.dispose();
  const { length } = model;
  return Array.from({ length: o.count }, (_, i) => drawn.slice(i * length, (i + 1) * length));
}

/** One line that a cell of Markdown shows as it is, cut at a word; ¶ where a text ends, but for the one that AR begins after. */
export function cellOf(text: string, characters: number, end = "<|endoftext|>"): string {
  const line = text.replaceAll(end, " ¶ ").replaceAll(/\s+/g, " ").trim().replace(/^¶ /, "");
  const cut = line.length <= characters ? line : `${line.slice(0, characters).replace(/\s\S*$/, "")} …`;
  return cut.replaceAll(/[\\`*_|<>]/g, (one) => `\\${one}`);
}

/** The columns that there are assets for: heads, and how each is drawn. */
function columnsOf(engine: Engine, tokenizer: Tokenizer, o: Options) {
  const open = (name: string) => openCheckpoint(join(o.assets, name), "student");
  const [teacher, ar] = [open("teacher"), open("ar")];
  const { length } = teacher.model;
  const last = roundAssets(o.assets).at(-1);
  const few = Math.max(1, Math.floor(length / atOnce));
  const student = last && {
    head: `round ${last.round}, ${few} steps`,
    draw: () => denoised(engine, openCheckpoint(last.path, "student"), { steps: few }, o),
  };
  return [
    { head: `teacher, ${length} steps`, draw: () => denoised(engine, teacher, { steps: length }, o) },
    ...(student ? [student] : []),
    {
      head: `teacher, ${few} steps, guided from coarse to fine`,
      draw: () => denoised(engine, teacher, { steps: few, ...reportedGuidance }, o),
    },
    { head: `AR baseline, ${length - 1} steps`, draw: () => autoregressive(engine, ar, tokenizer.endOfText, o) },
  ];
}

export const samples = defineCommand({
  name: "samples",
  summary: "what teacher, last student, teacher with guidance and AR baseline write, side by side as Markdown",
  options,
  async run(o) {
    const tokenizer = loadTokenizer(join(o.assets, "teacher/tokenizer.json"));
    const engine = await openEngine(o.engine, o);
    const columns = columnsOf(engine, tokenizer, o);
    const texts: string[][] = [];
    for (const { draw } of columns) {
      texts.push(
        (await draw()).map((ids) =>
          cellOf(tokenizer.decode(ids), o.characters, tokenizer.decode([tokenizer.endOfText])),
        ),
      );
    }
    const rows = Array.from({ length: o.count }, (_, i) => texts.map((own) => own[i] ?? ""));
    const table = markdownRows([columns.map(({ head }) => head), ...rows], () => false);
    process.stdout.write(
      `${table}\n\nSeed ${o.seed}, the first ${o.count} of each, not chosen; cut at ${o.characters} characters; ¶ ends a text.\n`,
    );
  },
});

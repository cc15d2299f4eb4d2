/**
 * @file Data sets of running text: perplexity per token and bits per byte of a file, in blocks.
 */
import { openDenoiser } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import { openScorer } from "../../judge/scorer.js";
import { hashOf, timedHash } from "../../record/hash.js";
import { type Asked, asksCausally, type DataSet, type OnShare, type SetFigure } from "../dataSet.js";
import { readSetText } from "./textFile.js";
import { blockBounds, blockNlls, blocksOf, type TextForm, zeroShotOf } from "./zeroShot.js";

interface Versions {
  readonly ppl: number;
  readonly pplBound: number;
  readonly bits: number;
}

function figuresOf(name: string, { ppl, pplBound, bits }: Versions, causal: boolean): SetFigure[] {
  const bound = causal ? "" : "-bound";
  const common = { better: "lower", errorOver: "items" } as const;
  return [
    {
      ...common,
      name: `${name}-ppl${bound}`,
      version: causal ? ppl : pplBound,
      what: `exp of the ${causal ? "nats" : "bound's nats"} per token of ${name}`,
      unit: "perplexity",
      scale: "log",
    },
    {
      ...common,
      name: `${name}-bits-per-byte${bound}`,
      version: bits,
      what: `${causal ? "bits" : "the bound's bits"} of ${name}'s blocks over the bytes of their text`,
      unit: "bits a byte",
      scale: "linear",
    },
  ];
}

/** Rows of masks a block where nothing else is asked. */
const usualTimes = 2;

/** The nats of blocks `from` and before `to`. */
async function natsOf(asked: Asked, blocks: readonly Int32Array[], from: number, to: number, onShare: OnShare) {
  const { engine, checkpoint, seed, times = usualTimes, sequences } = asked;
  const { model, tensors } = checkpoint;
  const own = blocks.slice(from, to);
  if (asksCausally(asked)) {
    const scorer = openScorer(engine, model, tensors);
    return blockNlls(scorer, own).finally(() => scorer.dispose());
  }
  const denoiser = openDenoiser(engine, model, tensors);
  const onScored = (done: number) => onShare(done / own.length);
  return blockBounds(denoiser, own, { seed, times, sequences, first: from }, onScored).finally(() =>
    denoiser.dispose(),
  );
}

async function cut(name: string, form: TextForm, path: string, tokenizer: Tokenizer, length: number) {
  const text = await readSetText(name, path);
  const hash = hashOf(text);
  return {
    ...blocksOf(name, form, text, tokenizer, length),
    hash,
    items: hashOf(hash, tokenizer.hash, String(length)),
  };
}

export function textSet(name: string, form: TextForm, versions: Versions): DataSet {
  return {
    needs: "dataset",
    name,
    figures: (causal) => figuresOf(name, versions, causal),
    async open(path, asked) {
      const { tokenizer, checkpoint, times = usualTimes } = asked;
      const { length } = checkpoint.model;
      const found = await asked.once(`${name} ${length} ${path}`, () => cut(name, form, path, tokenizer, length));
      const causal = asksCausally(asked);
      const figures = figuresOf(name, versions, causal);
      const [ppl, bits] = figures.map((figure) => figure.name) as [string, string];
      const counted = length - (causal ? 1 : 0);
      return {
        figures,
        ...{ hash: found.hash, items: found.items, n: found.blocks.length, notes: [] },
        ...(!causal && { drawnHash: timedHash(found.hash, times) }),
        rows: found.blocks.length,
        score: (from: number, to: number, onShare: OnShare) => natsOf(asked, found.blocks, from, to, onShare),
        estimate(sums: readonly number[]) {
          const { perplexity, bitsPerByte } = zeroShotOf(sums, counted, found);
          const inBits = sums.map((sum) => sum / Math.LN2);
          return {
            [ppl]: { ...perplexity, sums, counts: sums.map(() => counted) },
            [bits]: { ...bitsPerByte, sums: inBits, counts: found.bytes },
          };
        },
      };
    },
  };
}

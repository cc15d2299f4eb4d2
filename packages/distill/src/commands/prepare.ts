/** @file `prepare`: text into token shards. */
import { threadsAtMost } from "@sdtt/core/base";
import { alignTable, defineCommand, rootFolder, theirName } from "@sdtt/core/cli";
import { dryRunFlags, printPlan } from "@sdtt/core/plan";
import {
  detokenizerNames,
  formats,
  loadTokenizer,
  type PreparedShards,
  type ShardManifest,
  textForms,
} from "@sdtt/core/text";
import { z } from "zod";
import { dataFolder, prepare as prepareData } from "../runs/data.js";
import { preparePlan } from "./costs.js";

const options = z.object({
  source: z
    .string()
    .default("embedded")
    .describe("text: embedded, or a file or folder of .txt, .jsonl, .json, .csv, .tsv (also .gz, .zst) or .parquet"),
  format: z.enum(formats).default("auto").describe("what the files are; default: what their names say"),
  column: theirName().default("text").describe("column of parquet files and tables that holds the text"),
  field: theirName().default("text").describe("field of JSON that holds the text"),
  documents: z
    .enum(textForms)
    .default("file")
    .describe("what a document is in .txt files: the file or what <|endoftext|> cuts, a line, a WikiText article"),
  detokenizer: z.enum(detokenizerNames).default("none").describe("takes a word-level data set's spaces out again"),
  limit: z.int().positive().optional().describe("take only the first lines, rows or texts, so many; default: all"),
  tokenizer: z.string().optional().describe("tokenizer.json to use, such as GPT-2's; default: train one"),
  vocab: z.int().min(257).max(30000).default(512).describe("tokens of a tokenizer that is trained"),
  workers: z.int().positive().optional().describe("threads that tokenise; default: one for each core"),
  out: z.string().optional().describe("folder to write; default: one in .sdtt/data, known by its content"),
  ...dryRunFlags,
});

export const prepare = defineCommand({
  name: "prepare",
  summary: "tokenise a corpus into train, validation and test shards; the same command goes on after a stop",
  options,
  async run(o) {
    if (o.dryRun) return printPlan(preparePlan(o), { ...o, engine: "auto" });
    const begunMs = performance.now();
    const tokenizer = o.tokenizer === undefined ? undefined : loadTokenizer(o.tokenizer);
    const out = o.out ?? dataFolder(rootFolder(), o.source, tokenizer, o.vocab, o.format);
    const workers = o.workers && threadsAtMost(o.workers, "workers");
    const prepared = await prepareData({ ...o, ...(workers && { workers }), out });
    process.stdout.write(summaryOf(out, prepared, performance.now() - begunMs));
  },
});

/** What is in the folder, a split a line, and how fast it was made where all of it was made just now. */
function summaryOf(out: string, { manifest, wasThere, keptPieces }: PreparedShards, wallMs: number): string {
  const rows = Object.entries(manifest.splits).map(([name, size]) => rowOf(name, size));
  const total = rowOf("all", sumOf(Object.values(manifest.splits)));
  const table = alignTable([["split", "documents", "tokens", "text MB", "bytes/token"], ...rows, total]);
  const textBytes = sumOf(Object.values(manifest.splits)).textBytes;
  const rate = `${(textBytes / 1e3 / wallMs).toFixed(2)} MB of text a second`;
  const note = wasThere ? "nothing to do: it was prepared before" : keptPieces > 0 ? "finished after a stop" : rate;
  const hash = manifest.corpusHash.slice(0, 12);
  const { mended } = manifest;
  const halves = mended
    ? `${mended.documents} documents held half of a surrogate pair, which is U+FFFD now (first: ${mended.first})\n`
    : "";
  return `${table}\n${halves}${out} · corpus ${hash} · ${manifest.vocabSize} tokens + mask · ${note}\n`;
}

type Size = Omit<ShardManifest["splits"]["train"], "file">;

function rowOf(name: string, { documents, tokens, textBytes }: Size): string[] {
  const perToken = tokens === 0 ? "–" : (textBytes / tokens).toFixed(3);
  return [name, String(documents), String(tokens), (textBytes / 1e6).toFixed(2), perToken];
}

function sumOf(sizes: readonly Size[]): Size {
  const sum = (key: keyof Size) => sizes.reduce((total, size) => total + size[key], 0);
  return { documents: sum("documents"), tokens: sum("tokens"), textBytes: sum("textBytes") };
}

/**
 * @file `core import`: a published model, from a folder or from the hub, becomes a checkpoint of ours.
 */
import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { userError } from "../base/errors.js";
import { importedLineage, type Recorded, readRecorded } from "../checkpoint/exported.js";
import { fetchFromHub } from "../checkpoint/hub/fetch.js";
import { type HubSettings, hubSettings } from "../checkpoint/hub/settings.js";
import { isHubSource, parseHubSource, roundOfRevision, sdttVariant } from "../checkpoint/hub/source.js";
import { loadWeights, readCheckpointState, saveCheckpoint } from "../checkpoint/layout.js";
import { importedState } from "../checkpoint/origin.js";
import { ownName, publishedNames } from "../checkpoint/published/format.js";
import { mappingTable } from "../checkpoint/published/mapping.js";
import { type PublishedModel, readPublished } from "../checkpoint/published/read.js";
import { refuseOtherWeights } from "../checkpoint/published/weightFiles.js";
import { defineCommand } from "../cli/command.js";
import { newName } from "../cli/names.js";
import { rootFolder } from "../cli/rootFolder.js";
import { alignTable } from "../cli/table.js";
import { fileHash } from "../files/fileHash.js";
import { refuseExisting } from "../files/folder.js";
import { readText } from "../files/json.js";
import { type ModelConfig, modelParameters } from "../model/presets.js";
import { parameterCount } from "../nn/params.js";
import { type Tokenizer, tokenizerFromJson } from "../text/tokenizer/tokenizer.js";

const options = z.object({
  source: z.string().describe("folder of a published model, or hf:owner/name@revision"),
  out: z.string().describe("checkpoint folder to make; must not exist"),
  format: z
    .enum(["auto", ...publishedNames, ownName])
    .default("auto")
    .describe("what the source is written in"),
  variant: z.string().optional().describe("which of SDTT's published models: kld-7, md-3, teacher, …"),
  tokenizer: z.string().optional().describe("tokenizer.json, its folder, or hf:owner/name; default: the source's own"),
  name: newName().optional().describe("name of the run that it will count as; default: the source's"),
  cache: z.string().optional().describe("folder of fetched files; default: HF_HUB_CACHE, HF_HOME/hub or ROOT/hub"),
  tokenFile: z.string().optional().describe("file with a token of the hub; default: HF_TOKEN"),
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder of the default cache"),
});

type Options = z.output<typeof options>;

interface Place {
  readonly folder: string;
  readonly source: string;
  readonly name: string;
  readonly round: number;
  readonly revision?: string;
  readonly commit?: string;
}

async function hubPlace(o: Options, settings: HubSettings): Promise<Place> {
  const asked = parseHubSource(o.source);
  const variant = o.variant === undefined ? undefined : sdttVariant(o.variant);
  if (variant && o.source.includes("@")) {
    const remedy = "Leave out one of the two.";
    throw userError("import", "--variant stands for a revision, and goes without one", o.source, remedy);
  }
  const revision = variant?.revision ?? asked.revision;
  const { repository } = asked;
  const { folder, commit, isOffline } = await fetchFromHub(settings, { repository, revision });
  if (isOffline) process.stderr.write(`hub ${repository}@${revision}: out of reach; commit ${commit} from the cache\n`);
  const label = o.variant ?? (revision === "main" ? undefined : revision);
  const name = [basename(repository), label].filter(Boolean).join("-").replaceAll("/", "-");
  return { folder, source: `hf:${repository}`, revision, commit, name, round: roundOfRevision(revision) };
}

function localPlace(o: Options): Place {
  const found = statSync(o.source, { throwIfNoEntry: false });
  if (!found?.isDirectory()) {
    if (found) refuseOtherWeights("import", [basename(o.source)]);
    const remedy = "Give the folder that holds config.json and model.safetensors, or hf:owner/name.";
    throw userError(
      "import",
      "the source must be a folder",
      `${o.source}${found ? "" : ", which is not there"}`,
      remedy,
    );
  }
  const round = o.variant === undefined ? 0 : sdttVariant(o.variant).round;
  return { folder: o.source, source: resolve(o.source), name: basename(resolve(o.source)), round };
}

/** Text of the tokenizer.json that goes with the model, where there is one. */
async function tokenizerText(o: Options, settings: HubSettings, folder: string): Promise<string | undefined> {
  const own = join(folder, "tokenizer.json");
  const read = (path: string) =>
    readText({ where: "import", what: "the tokenizer", path, remedy: "Give another: --tokenizer=FILE." });
  if (o.tokenizer === undefined) return existsSync(own) ? read(own) : undefined;
  const place = isHubSource(o.tokenizer)
    ? (await fetchFromHub(settings, parseHubSource(o.tokenizer), "tokenizer")).folder
    : o.tokenizer;
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory();
  const path = isFolder ? join(place, "tokenizer.json") : place;
  if (existsSync(path)) return read(path);
  throw userError("import", "the tokenizer must be there", `${path} (flag --tokenizer)`, "Check the path.");
}

/** A denoiser's vocabulary is the tokenizer's and the mask; a judge may know more ids than its tokenizer. */
function checkTokenizer(where: string, tokenizer: Tokenizer, { kind, vocabSize }: ModelConfig): void {
  const { vocabSize: ids } = tokenizer;
  if (kind === "dit" ? ids + 1 === vocabSize : ids <= vocabSize) return;
  const rule = `the tokenizer must have ${kind === "dit" ? vocabSize - 1 : `at most ${vocabSize}`} ids`;
  throw userError(where, rule, ids, "Give the one that the model was trained with: --tokenizer=FILE.");
}

function summary({ mapping, model, format }: PublishedModel): string {
  const count = (parameterCount(modelParameters(model)) / 1e6).toFixed(2);
  const types = [...new Set(mapping.kept.map(({ tensor }) => tensor.stored))].join(", ");
  const { kept, dropped } = mapping;
  return `${format}: ${count}M parameters, ${model.blocks} blocks, ${kept.length} tensors of ${types}, ${dropped.length} dropped`;
}

function recordedText({ run, round, lineage, hash, dtype }: Recorded, found: string): string {
  const same = hash === found ? "the same weights" : `its weights as ${dtype}`;
  return `exported from ${run}, round ${round} ${hash.slice(0, 12)}: ${same}, ${lineage.length} ancestors`;
}

/** Reads a published folder and saves it as a checkpoint; returns what to print. */
function importPublished(o: Options, place: Place, tokenizerJson: string | undefined): string {
  const format = o.format === ownName ? "auto" : o.format;
  const read = readPublished(place.folder, format);
  const tokenizer = tokenizerJson === undefined ? undefined : tokenizerFromJson(tokenizerJson);
  if (tokenizer) checkTokenizer(`import ${o.source}`, tokenizer, read.model);
  const hashes = read.files.map((name) => [name, fileHash(join(place.folder, name))]);
  const dropped = read.mapping.dropped.map(({ tensor, redundant }) => [tensor.name, redundant.why]);
  const { folder: _, name, round, ...origin } = place;
  const recorded = readRecorded(place.folder);
  const known = { name: o.name ?? recorded?.run ?? name, round: recorded?.round ?? round };
  const facts = { ...known, model: read.model, tokenizerHash: tokenizer?.hash ?? "" };
  const imported = importedState(facts, {
    ...{ format: read.format, ...origin, ...(o.variant && { variant: o.variant }) },
    ...{ files: Object.fromEntries(hashes), dropped: Object.fromEntries(dropped) },
  });
  const beside = { "tokenizer.json": tokenizerJson };
  const state = { ...imported, ...(recorded && importedLineage(recorded)) };
  const { hash } = saveCheckpoint(o.out, { model: read.tensors, state, beside });
  const from = recorded ? `${recordedText(recorded, hash)}\n` : "";
  return `${alignTable(mappingTable(read.mapping), () => false)}\n${summary(read)}\n${from}${hash.slice(0, 12)} ${o.out}`;
}

/** Copies a checkpoint of ours; its lineage is its own, and where it was copied from is added. */
function importOwn(o: Options, place: Place, tokenizerJson: string | undefined): string {
  const { state } = readCheckpointState(place.folder);
  const model = loadWeights(place.folder, "model");
  const ema = loadWeights(place.folder, "ema");
  const tokenizer = tokenizerJson === undefined ? undefined : tokenizerFromJson(tokenizerJson);
  if (tokenizer && state.tokenizerHash && !tokenizer.isKnownAs(String(state.tokenizerHash))) {
    const rule = `the tokenizer must be the one it was trained with (${String(state.tokenizerHash).slice(0, 12)})`;
    throw userError(`import ${o.source}`, rule, tokenizer.hash.slice(0, 12), "Give another --tokenizer, or none.");
  }
  const names = ["state.json", "model.safetensors", ...(ema ? ["ema.safetensors"] : [])];
  const files = Object.fromEntries(names.map((name) => [name, fileHash(join(place.folder, name))]));
  const { folder: _, name: __, round: ___, ...rest } = place;
  const origin = { format: ownName, ...rest, files, dropped: {}, before: state.origin };
  const beside = { "tokenizer.json": tokenizerJson };
  const run = o.name ?? state.run;
  const { hash } = saveCheckpoint(o.out, { model, ...(ema && { ema }), state: { ...state, run, origin }, beside });
  return `${ownName}: ${Object.keys(model).length} tensors${ema ? ", EMA weights too" : ""}\n${hash.slice(0, 12)} ${o.out}`;
}

export const importCheckpoint = defineCommand({
  name: "import",
  summary: "make a checkpoint of a published model (MDLM, SDTT, GPT-2), from a folder or from the hub",
  options,
  rules(o) {
    refuseExisting("import", o.out);
  },
  async run(o) {
    const settings = hubSettings(o);
    const place = isHubSource(o.source) ? await hubPlace(o, settings) : localPlace(o);
    const tokenizerJson = await tokenizerText(o, settings, place.folder);
    const isOwn = o.format === ownName || (o.format === "auto" && existsSync(join(place.folder, "state.json")));
    const text = isOwn ? importOwn(o, place, tokenizerJson) : importPublished(o, place, tokenizerJson);
    process.stdout.write(`${text}\n`);
    if (tokenizerJson !== undefined) return;
    process.stdout.write("no tokenizer came with it: rounds and evaluations need one, see --tokenizer\n");
  },
});

/** Text from a checkpoint: `node sample.ts [FOLDER]`. */
import { assetPath, openDenoiser, openEngine, parseSampler, sampleWith } from "@sdtt/core";
import { openCheckpoint } from "@sdtt/eval";
import { tokenizerOf } from "@sdtt/core/text";

const checkpoint = openCheckpoint(process.argv[2] ?? assetPath("teacher"));
const tokenizer = tokenizerOf(checkpoint);
const denoiser = openDenoiser(await openEngine(), checkpoint.model, checkpoint.tensors);
const { ids, nfe } = await sampleWith(parseSampler("ancestral"), denoiser, { numSteps: 16, batch: 1, seed: 1 });
process.stdout.write(`${tokenizer.decode(ids)}\n(${nfe[0]} evaluations)\n`);

/** @file The card of an asset: what it is, how it was made, and what its packing costs. */
import { basename } from "node:path";
import { type TensorMap, userError } from "@sdtt/core/base";
import { type CheckpointState, weightsHash } from "@sdtt/core/checkpoint";
import { modelParameters } from "@sdtt/core/model";
import { parameterCount } from "@sdtt/core/nn";
import { openStore } from "@sdtt/core/store";
import { readTexts, type Tokenizer } from "@sdtt/core/text";
import { storePath } from "@sdtt/core/workspace";
import { commandWithoutPlaces, withoutPlaces } from "../files/places.js";

/** A loss on held-out text, nats a token, of the weights as they were trained and as they ship. */
export interface Loss {
  /** As in `nelbo@2`. */
  readonly definition: string;
  readonly trained: number;
  readonly shipped: number;
}

export interface Card {
  readonly what: string;
  /** As it was given to the run that made it, without places. */
  readonly command: string;
  /** The round whose weights it began with, as in "ar, round 0". */
  readonly begunFrom?: string;
  /** Of the run that made it. */
  readonly weights: "ema" | "raw";
  readonly packing: "float32" | "half" | "delta";
  /** Of the weights that ship, and of those that were trained. */
  readonly hash: string;
  readonly trainedHash: string;
  readonly parameters: number;
  readonly updates: number;
  readonly tokensSeen: number;
  readonly corpus: { readonly source: string; readonly hash: string };
  readonly tokenizer: { readonly hash: string; readonly vocabSize: number };
  /** On held-out documents; a denoiser's is an upper bound. */
  readonly validation: Loss & { readonly bitsPerCharacter: number };
  /** Of pre-training, against updates: while it was trained, of the raw weights. */
  readonly curve?: readonly (readonly [update: number, validation: number])[];
  readonly seed: number;
  readonly engine: string;
  readonly machine: string;
  readonly commit: string;
  readonly updateSeconds: number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Characters per token over the validation documents, end-of-text tokens counted. */
async function charactersPerToken(source: string, tokenizer: Tokenizer): Promise<number> {
  let [characters, tokens] = [0, 0];
  for await (const text of readTexts(source, "validation")) {
    characters += text.length;
    tokens += tokenizer.encode(text).length + 1;
  }
  return characters / tokens;
}

/** At most so many points of a curve. */
const mostPoints = 50;

function trainingFacts(root: string, runId: string) {
  const store = openStore(storePath(root), { readonly: true });
  try {
    const points = store.trainPoints(runId);
    const wallMs = points.reduce((sum, point) => sum + (point.wallMs ?? 0), 0);
    const { machine = "unknown", command = "" } = store.run(runId) ?? {};
    const validated = points.flatMap(({ update, validationLoss: loss }) =>
      typeof loss === "number" ? [[update, Number(loss.toFixed(4))] as const] : [],
    );
    const every = Math.ceil(validated.length / mostPoints);
    const curve = validated.filter((_, i) => (validated.length - 1 - i) % every === 0);
    return { wallMs, machine, command, curve, tokens: points.at(-1)?.tokens ?? 0 };
  } finally {
    store.close();
  }
}

/** "ar, round 0" of a folder of a run of ours. */
export function begunFrom({ init }: Readonly<Record<string, unknown>>): string | undefined {
  const [, run, round] = /([\w.-]+)[\\/]round-(\d+)/.exec(String(init ?? "")) ?? [];
  return run === undefined ? undefined : `${run}, round ${round}`;
}

/** What a run was not made with though its recipe says so: "lr 0.003 (recipe: 0.002)". Places are no options. */
export function otherOptions(args: readonly string[], config: Readonly<Record<string, unknown>>): string[] {
  const camel = (flag: string) => flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const asked = args.flatMap((arg) => {
    const [, flag, value] = /^--([\w-]+)=(.*)$/.exec(arg) ?? [];
    return flag === undefined || value === undefined ? [] : [[camel(flag), value] as const];
  });
  const places = new Set(["init", "source", "root", "teacher", "threads", "until", "name", "experiment"]);
  const others = asked.filter(
    ([key, value]) => !places.has(key) && String(config[key]) !== String(Number(value) || value),
  );
  return others.map(([key, value]) => `${key} ${config[key]} (recipe: ${value})`);
}

export interface CardFacts {
  readonly what: string;
  readonly root: string;
  readonly runId: string;
  readonly state: CheckpointState;
  readonly weights: "ema" | "raw";
  readonly packing: Card["packing"];
  readonly trained: TensorMap;
  readonly shipped: TensorMap;
  readonly loss: Loss;
  readonly tokenizer: Tokenizer;
}

/** The most that packing may change a loss, nats a token. */
const mostChange = 0.005;

/** Throws   UserError where packing changes what the model says */
export async function cardOf(facts: CardFacts): Promise<Card> {
  const { what, root, runId, state, weights, packing, trained, shipped, loss, tokenizer } = facts;
  if (!(Math.abs(loss.shipped - loss.trained) < mostChange)) {
    const got = `${loss.trained} → ${loss.shipped} nats a token`;
    throw userError(`asset of ${runId}`, `packing must not change ${loss.definition}`, got, "Pack it with more bits.");
  }
  const { wallMs, machine, tokens, command, curve } = trainingFacts(root, runId);
  const source = String(state.config.source);
  const named = Object.keys(withoutPlaces({ source })).length > 0 ? source : basename(source);
  const { updates: _, ...config } = withoutPlaces(state.config);
  const begun = begunFrom(state.config);
  return {
    ...{ what, command: commandWithoutPlaces(command), ...(begun && { begunFrom: begun }), weights, packing },
    hash: weightsHash(shipped),
    trainedHash: weightsHash(trained),
    parameters: parameterCount(modelParameters(state.model)),
    updates: state.update,
    tokensSeen: tokens,
    corpus: { source: named, hash: state.corpusHash },
    tokenizer: { hash: tokenizer.hash, vocabSize: tokenizer.vocabSize },
    validation: { ...loss, bitsPerCharacter: loss.shipped / Math.LN2 / (await charactersPerToken(source, tokenizer)) },
    ...(curve.length > 0 && { curve }),
    ...{ seed: state.seed, engine: state.engine, machine, commit: state.commit },
    updateSeconds: Math.round(wallMs / 1000),
    config,
  };
}

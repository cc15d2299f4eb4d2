/**
 * @file What goes with exported weights: where they come from, for programs (`sdtt.json`) and for readers (`README.md`).
 *
 * The published layouts have no place for it. `import` reads `sdtt.json` again, so that a student that went out and came back
 * is still a student of its teachers. Paths of the machine that trained are left out but for their last part.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "../base/errors.js";
import { readJson } from "../files/json.js";
import { isEmbeddedText, learnedText } from "./learned.js";

export const lineageName = "sdtt.json";
export const cardName = "README.md";

const recorded = z.object({
  format: z.literal(1),
  run: z.string().min(1),
  round: z.int().nonnegative(),
  /** Hash of the weights before they were written as `dtype`. */
  hash: z.string(),
  dtype: z.string(),
  tokenizerHash: z.string(),
  corpusHash: z.string(),
  lineage: z.array(z.string()),
  facts: z.record(z.string(), z.unknown()),
});

export type Recorded = z.output<typeof recorded>;

type State = Readonly<Record<string, unknown>>;

const isPath = (value: unknown): value is string => typeof value === "string" && /[/\\]/.test(value);

/** The name at the end of a path, which says what it was and not where. */
const withoutPath = (value: unknown): unknown =>
  isPath(value) && !value.startsWith("hf:") ? value.split(/[/\\]/).filter(Boolean).at(-1) : value;

/** What is known of weights, without the paths of this machine. */
export function recordedOf(state: State, hash: string, dtype: string): Recorded {
  const { run, round, tokenizerHash = "", corpusHash = "", lineage = [], config = {} } = state;
  const { stage, update, updates, seed, dt, control, commit, engine, origin } = state;
  const text = withoutPath(learnedText(state)?.source);
  const options = Object.fromEntries(
    Object.entries(config as State).map(([name, value]) => [name, withoutPath(value)]),
  );
  const facts = { stage, update, updates, seed, dt, control, text, commit, engine, config: options, origin };
  const kept = Object.entries(facts).filter(([, value]) => value !== undefined);
  const { source, ...from } = (origin ?? {}) as State;
  const known = {
    ...Object.fromEntries(kept),
    ...(origin ? { origin: { ...from, source: withoutPath(source) } } : {}),
  };
  return recorded.parse({
    ...{ format: 1, run: run ?? "model", round: round ?? 0, hash, dtype, tokenizerHash, corpusHash, lineage },
    facts: JSON.parse(JSON.stringify(known)),
  });
}

/** What went out with the weights of a folder; undefined where nothing did. Throws   UserError where it is damaged */
export function readRecorded(folder: string): Recorded | undefined {
  const path = join(folder, lineageName);
  if (!existsSync(path)) return undefined;
  const remedy = "Export again, or remove the file: the weights can be read without it.";
  const parsed = recorded.safeParse(readJson({ where: `import ${folder}`, what: lineageName, path, remedy }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const rule = `${lineageName} must be as export writes it`;
  throw userError(`import ${folder}`, rule, `${issue?.path.join(".")}: ${issue?.message}`, remedy);
}

/** What of it the state of an imported checkpoint says, beside what every import does. */
export function importedLineage({ lineage, corpusHash, facts, hash }: Recorded): State {
  const { text, dt, seed, control } = facts;
  const learned = typeof text === "string" && isEmbeddedText(text) ? { text: { source: text, data: "" } } : {};
  const known = Object.entries({ dt, seed, control }).filter(([, value]) => value !== undefined);
  return { lineage, corpusHash, ...learned, ...Object.fromEntries(known), exportedFrom: { hash, facts } };
}

export interface CardFacts extends Recorded {
  /** "A masked-diffusion denoiser", … */
  readonly what: string;
  /** Which of a checkpoint's. */
  readonly weights: string;
  readonly layout: string;
  readonly parameters: number;
  readonly hasTokenizer: boolean;
}

const tableOf = (rows: readonly (readonly [string, unknown])[]): string => {
  const told = rows.filter(([, value]) => value !== undefined && value !== "");
  const cell = (value: unknown) => String(value).replaceAll("|", "\\|").replaceAll("\n", " ");
  return ["| | |", "|---|---|", ...told.map(([name, value]) => `| ${name} | ${cell(value)} |`)].join("\n");
};

/** The card: what the weights are, how they were made, what they descend from. */
export function cardOf(card: CardFacts): string {
  const { run, round, hash, lineage, facts, layout, parameters, dtype, hasTokenizer, what } = card;
  const { text, seed, dt, updates, update, commit, engine, config = {}, control } = facts as State & { config?: State };
  const rows: [string, unknown][] = [
    ["layout", `${layout}, ${dtype}`],
    ["parameters", parameters.toLocaleString("en-GB")],
    ["weights", card.weights],
    ["SHA-256 as float32", hash],
    ["tokenizer", hasTokenizer ? "tokenizer.json, beside" : undefined],
    ["text", text],
    ["updates", updates && update !== undefined ? `${update} of ${updates}` : undefined],
    ["divergence", round === 0 ? undefined : (config as State).divergence],
    ["Δ", dt ? `1/${1 / Number(dt)}` : undefined],
    ["control", control],
    ["seed", seed],
    ["commit", commit],
    ["engine", engine],
  ];
  const from = lineage.map((one, i) => `${i + 1}. ${i === 0 ? "teacher" : `student of round ${i}`} ${one}`);
  return [
    `# ${run}, round ${round}`,
    `${what}, ${round === 0 ? "of no round yet" : `the student of round ${round}`}, trained with SDTT (Self-Distillation Through Time).`,
    tableOf(rows),
    ...(from.length > 0 ? ["## Distilled from", "Hashes of weights, oldest first.", from.join("\n")] : []),
    "## Use",
    "```sh\nnpx sdtt import --source=FOLDER --out=checkpoint && npx sdtt sample --checkpoint=checkpoint\n```",
    `\`${lineageName}\` has what else is known of it, and is read by \`import\`.`,
    "",
  ].join("\n\n");
}

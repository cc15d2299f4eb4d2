/**
 * @file What is kept: secrets in text of any form are taken out, and damaged stores are one line or whole.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type RandomStream, redacted } from "@sdtt/core/base";
import { checkStore, openStore } from "@sdtt/core/store";
import { storePath } from "@sdtt/core/workspace";
import { damaged, damagedAt } from "./damage.js";
import { attempt, chance, Fault, oneOf, some, type Target } from "./target.js";

const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
const letters = (random: RandomStream, length: number): string =>
  Array.from({ length }, () => alphabet[random.integer(alphabet.length)]).join("");

/** Forms of tokens, and the shortest that their makers give out. */
const forms: readonly ((random: RandomStream) => string)[] = [
  (random) => `hf_${letters(random, 34)}`,
  (random) => `ghp_${letters(random, 36)}`,
  (random) => `github_pat_${letters(random, 22)}_${letters(random, 59)}`,
  (random) => `AKIA${letters(random, 16).toUpperCase()}`,
  (random) => `sk-${letters(random, 47)}7`,
  (random) => `sk-ant-api03-${letters(random, 80)}`,
  (random) => `glpat-${letters(random, 20)}`,
  (random) => `npm_${letters(random, 36)}`,
  (random) => `eyJ${letters(random, 20)}.eyJ${letters(random, 30)}.${letters(random, 43)}`,
];
const separators = [
  " ",
  "\n",
  "\n+",
  "\n-  ",
  "\t",
  '"',
  "'",
  "`",
  "=",
  ":",
  ": ",
  ",",
  "(",
  ")",
  "[",
  "{",
  "/",
  "?a=",
  "&",
  "@",
  "\r\n",
  "<",
  "|",
  ";",
  "\u00a0",
  "“",
];
const words = [
  "const",
  "token",
  "x",
  "=",
  "password",
  "日本",
  "hf_dit",
  "sk-",
  "0123abcd",
  "https://",
  "Bearer",
  "//",
  "#",
  "\\n",
  "🦊",
];

export const secretsInText: Target = {
  name: "secrets in text",
  async run(random) {
    const filler = () => some(random, 6, () => oneOf(random, words) + oneOf(random, separators)).join("");
    const secrets = Array.from({ length: 1 + random.integer(3) }, () => oneOf(random, forms)(random));
    const parts = secrets.map(
      (secret) => `${filler()}${oneOf(random, separators)}${secret}${oneOf(random, separators)}`,
    );
    const text = parts.join("") + filler();
    const clean = redacted(text, {});
    const kept = secrets.find((secret) => clean.includes(secret.slice(0, 16)));
    if (kept !== undefined) throw new Fault(`${kept} was kept in ${JSON.stringify(text)}`);
    if (redacted(clean, {}) !== clean) throw new Fault(`a second look takes out more of ${JSON.stringify(text)}`);
    return "taken out";
  },
};

function writeStore(path: string, random: RandomStream): void {
  const store = openStore(path);
  for (let i = 0; i < 1 + random.integer(4); i++) {
    const run = { id: `r${i}`, name: "n", stage: "round", round: i, seed: i, config: { i }, configHash: "h" } as const;
    store.startRun({ ...run, commit: "c", dirty: false, engine: "e", machine: "m", command: "d" });
    store.addTrainPoints(run.id, [{ update: 1, loss: 1, learningRate: 1, gradNorm: 1, tokens: 1, wallMs: 1 }]);
  }
  store.close();
}

export const damagedStores: Target = {
  name: "damaged stores",
  async run(random, folder) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const path = storePath(folder);
    writeStore(path, random);
    const bytes = readFileSync(path);
    writeFileSync(path, chance(random, 0.4) ? damagedAt(bytes, random, "head", 4096) : damaged(bytes, random).bytes);
    return attempt(() => {
      const { problems } = checkStore(path, "integrity");
      const store = openStore(path, { readonly: true });
      const runs = store.runs().length;
      for (const { id } of store.runs()) store.trainPoints(id);
      store.close();
      return problems.length > 0 ? "damage told" : `read, ${runs > 0 ? "with" : "without"} runs`;
    });
  },
};

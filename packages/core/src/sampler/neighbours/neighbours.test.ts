/** @file A datastore and its neighbours: against brute force, a closed form, and a build that is stopped. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { randomStream } from "../../base/random.js";
import { openEngine } from "../../engine/open.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { initialise } from "../../nn/params.js";
import { allSequences, chainProbability, conditional } from "../chain.fixture.js";
import { parseSampler, sampleWith } from "../choose.js";
import { openDenoiser, type StateDenoiser } from "../network/denoiser.js";
import { chain } from "../twoTokens.fixture.js";
import { buildDatastore, maskedRow } from "./build.js";
import { openDatastore, writeDatastore } from "./datastore.js";
import { mergedEntries } from "./merge.js";
import { entropyAt, mixInto, neighbourLaw, openNeighbours, refuseTold, withNeighbours } from "./mixed.js";
import { Nearest } from "./nearest.js";

const folder = mkdtempSync(join(tmpdir(), "neighbours-"));
afterAll(() => rmSync(folder, { recursive: true }));
const engine = await openEngine("onnx", { threads: 1 });

const keysOf = (all: Float32Array, width: number) => ({
  width,
  entries: all.length / width,
  read: (from: number, to: number) => all.slice(from * width, to * width),
});

describe("the nearest keys", () => {
  it.each([
    [5000, 300],
    [3, 2],
  ])("of %d are those of brute force, for %d queries, whatever the blocks", async (entries, count) => {
    const width = 8;
    const keys = randomStream(1, "keys").normals(entries * width);
    const queries = randomStream(2, "queries").normals(count * width);
    const found = await new Nearest(engine, keysOf(keys, width)).of(queries, 4);
    for (let q = 0; q < count; q++) {
      const all = Array.from({ length: entries }, (_, i) => {
        let sum = 0;
        for (let d = 0; d < width; d++)
          sum += ((queries[q * width + d] as number) - (keys[i * width + d] as number)) ** 2;
        return { i, sum };
      }).sort((a, b) => a.sum - b.sum);
      for (let n = 0; n < 4; n++) {
        expect(found.ids[4 * q + n]).toBe(all[n]?.i ?? -1);
        const wanted = all[n];
        if (wanted) expect(found.distances[4 * q + n]).toBeCloseTo(wanted.sum, 3);
        else expect(found.distances[4 * q + n]).toBe(Number.POSITIVE_INFINITY);
      }
    }
  });
});

describe("greedy merging", () => {
  it("takes in later neighbours of the same token, each once, and loses no entry's count", () => {
    const tokens = Int32Array.of(7, 7, 5, 7, 5);
    // 0 is near 1 and 2, 1 near 0 and 3, 2 near 4, 3 near 1, 4 near 2.
    const ids = Int32Array.of(0, 1, 2, 1, 0, 3, 2, 4, 0, 3, 1, 2, 4, 2, 1);
    const { kept, counts } = mergedEntries(tokens, { ids });
    expect([[...kept], [...counts]]).toEqual([
      [0, 2, 3],
      [2, 2, 1],
    ]);
  });

  it("keeps of many entries at least one near each that it takes in", async () => {
    const [entries, width, k] = [600, 4, 6];
    const keys = randomStream(3, "keys").normals(entries * width);
    const draws = randomStream(4, "tokens");
    const tokens = Int32Array.from({ length: entries }, () => draws.integer(3));
    const found = await new Nearest(engine, keysOf(keys, width)).of(keys, k);
    const { kept, counts } = mergedEntries(tokens, found);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(entries);
    expect(kept.length).toBeLessThan(0.8 * entries);
    const stays = new Set(kept);
    for (let i = 0; i < entries; i++) {
      if (stays.has(i)) continue;
      const near = (j: number) => [...found.ids.subarray(j * k, (j + 1) * k)];
      expect([...kept].some((j) => j < i && tokens[j] === tokens[i] && near(j).includes(i))).toBe(true);
    }
  });
});

describe("the mixed law", () => {
  it("is λ p_kNN + (1 − λ) p, p_kNN by counts and e^(−d²/T)", () => {
    const store = { tokens: Int32Array.of(2, 0, 2), counts: Float32Array.of(1, 3, 1) };
    const law = neighbourLaw(store, Int32Array.of(1, 0, -1), Float32Array.of(0.5, 1.5, Number.POSITIVE_INFINITY), 2, 3);
    const far = Math.exp(-1 / 2);
    const total = 3 + far;
    [3 / total, 0, far / total].forEach((p, v) => {
      expect(law[v]).toBeCloseTo(p, 12);
    });
    const logits = Float32Array.from([0, Math.log(0.5), Math.log(0.2), Math.log(0.3), 9]);
    mixInto(logits, 1, 4, law, 0.25);
    [0.5, 0.2, 0.3].forEach((p, v) => {
      expect(Math.exp(logits[1 + v] as number)).toBeCloseTo(0.25 * (law[v] as number) + 0.75 * p, 6);
    });
    expect([logits[0], logits[4]]).toEqual([0, 9]);
  });

  it("is looked for where the entropy of the denoiser's own is high enough", () => {
    const even = Float32Array.of(0, 0, 0, 0, 7);
    expect(entropyAt(even, 0, 5)).toBeCloseTo(Math.log(4), 6);
    expect(entropyAt(Float32Array.of(0, -50, -50, -50, 7), 0, 5)).toBeCloseTo(0, 6);
  });
});

/** Knows nothing of tokens, and has the row itself as its state. */
const blank: StateDenoiser = {
  ...{ vocabSize: 3, maskId: 2, length: 3, width: 3 * 3 + 3, dispose() {} },
  logits: async (_xt, _rows, positions) => new Float32Array(3 * positions.length),
  async statesAt(xt, rows, positions) {
    const states = positions.flatMap((position) => {
      const start = position - (position % 3);
      const seen = [...xt.subarray(start, start + 3)].flatMap((id) => [0, 1, 2].map((v) => (v === id ? 9 : 0)));
      return [...seen, ...[0, 1, 2].map((j) => (j === position % 3 ? 9 : 0))];
    });
    return { logits: await blank.logits(xt, rows, positions), states: Float32Array.from(states) };
  },
};

describe("a datastore of all rows of a chain", () => {
  const rows = allSequences(2, 3).flatMap((x) => Array(Math.round(4000 * chainProbability(chain, x))).fill(x));
  const text = { rows: rows.length, at: (i: number) => Int32Array.from(rows[(i * 997) % rows.length] as number[]) };
  const o = { keys: 12_000, perRow: 3, merge: 0, seed: 1, sequences: 50, checkpoint: "c", corpusHash: "t" };

  it("makes a denoiser that knows nothing say the chain's conditionals", async () => {
    const path = join(folder, "chain");
    await buildDatastore(engine, blank, text, path, o);
    const store = openDatastore(path);
    // All neighbours of a state are the state itself, so that counts alone speak; 32 of them are few.
    const neighbours = openNeighbours(engine, blank, store);
    const mixed = neighbours.mixed({ lambda: 1, entropy: 0 });
    for (const state of [
      [2, 2, 2],
      [0, 2, 2],
      [2, 1, 2],
      [0, 2, 0],
    ]) {
      const masked = [0, 1, 2].filter((j) => state[j] === 2);
      const logits = await mixed.logits(Int32Array.from(state), 1, masked);
      masked.forEach((j, n) => {
        const wanted = conditional(
          chain,
          state.map((v) => (v === 2 ? -1 : v)),
          j,
        )[0] as number;
        const found =
          Math.exp(logits[3 * n] as number) /
          (Math.exp(logits[3 * n] as number) + Math.exp(logits[3 * n + 1] as number));
        expect(Math.abs(found - wanted)).toBeLessThan(4 * Math.sqrt((wanted * (1 - wanted)) / 32) + 0.01);
      });
    }
    store.close();
  });

  it("merges them to one entry a state and token, whose counts say the same, without the luck of 32", async () => {
    const path = join(folder, "merged");
    await buildDatastore(engine, blank, text, path, { ...o, keys: 600, merge: 599 });
    const store = openDatastore(path);
    expect(store.facts.entries).toBeLessThan(80);
    const mixed = openNeighbours(engine, blank, store).mixed({ lambda: 1, entropy: 0 });
    const logits = await mixed.logits(Int32Array.of(2, 2, 2), 1, [0]);
    const found = Math.exp(logits[0] as number);
    expect(Math.abs(found - 0.7)).toBeLessThan(0.15);
    store.close();
  });
});

describe("a build", () => {
  const model: Extract<ModelConfig, { kind: "dit" }> = {
    ...{ kind: "dit", vocabSize: 9, width: 8, blocks: 1, heads: 2, length: 8, conditioning: 4 },
    ...{ dropout: 0, causal: false },
  };
  const network = openDenoiser(engine, model, initialise(modelParameters(model), 2));
  const text = { rows: 40, at: (i: number) => Int32Array.from({ length: 8 }, (_, j) => (3 * i + j) % 8) };
  const o = { keys: 60, perRow: 3, merge: 4, seed: 1, sequences: 4, checkpoint: "c", corpusHash: "t" };
  const bytes = (path: string) =>
    Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString("base64")]));

  it("that is stopped goes on to the same bytes", async () => {
    const [whole, pieces] = [join(folder, "whole"), join(folder, "pieces")];
    await buildDatastore(engine, network, text, whole, o);
    let batches = 0;
    const failing: StateDenoiser = {
      ...{ vocabSize: 9, maskId: 8, length: 8, width: 8, dispose() {} },
      logits: (...asked) => network.logits(...asked),
      statesAt: (...asked) => {
        if (++batches > 3) throw new Error("stopped");
        return network.statesAt(...asked);
      },
    };
    await expect(buildDatastore(engine, failing, text, pieces, o)).rejects.toThrow("stopped");
    expect(() => openDatastore(pieces)).toThrow(UserError);
    await buildDatastore(engine, network, text, pieces, o);
    expect(bytes(pieces)).toEqual(bytes(whole));
    expect(Object.keys(bytes(whole)).sort()).toEqual(["counts.bin", "datastore.json", "keys.bin", "tokens.bin"]);
  });

  it("has the states of masked positions, and the tokens that were masked", async () => {
    const path = join(folder, "plain");
    await buildDatastore(engine, network, text, path, { ...o, merge: 0 });
    const store = openDatastore(path);
    let n = 0;
    for (let i = 0; n < 60; i++) {
      const x0 = text.at(i % 40);
      const { xt, chosen } = maskedRow(x0, i, 8, o);
      for (const j of chosen.slice(0, 60 - n)) {
        expect([xt[j], store.tokens[n]]).toEqual([8, x0[j]]);
        const { states } = await network.statesAt(xt, 1, [j]);
        const key = store.keys(n, n + 1);
        states.forEach((x, d) => {
          expect(key[d]).toBeCloseTo(x, 5);
        });
        n++;
      }
    }
    store.close();
  });

  it("is refused where it is damaged, or of another model", () => {
    const path = join(folder, "whole");
    const store = openDatastore(path);
    const other = { ...blank, width: 9 };
    expect(() => openNeighbours(engine, other, store)).toThrow(
      "its keys must be states of this model, 9 numbers each, got 8",
    );
    store.close();
    const { facts } = store;
    const broken = join(folder, "broken");
    writeDatastoreTo(broken, facts);
    expect(() => openDatastore(broken)).toThrow("tokens and counts, got 1, 1");
  });

  function writeDatastoreTo(path: string, facts: ReturnType<typeof openDatastore>["facts"]): void {
    writeDatastore(path, {
      facts,
      tokens: new Int32Array(1),
      counts: new Float32Array(1),
      keys: [new Float32Array(8)],
    });
    writeFileSync(join(path, "tokens.bin"), new Uint8Array(4));
  }

  it("samples by knn: with λ = 0, or where nothing is unsure, what ancestral steps draw", async () => {
    const store = openDatastore(join(folder, "whole"));
    const both = withNeighbours(network, openNeighbours(engine, network, store));
    const drawn = async (sampler: string) => [
      ...(await sampleWith(parseSampler(sampler), both, { numSteps: 3, batch: 4, seed: 6 })).ids,
    ];
    const plain = await drawn("ancestral");
    expect(await drawn("knn:0:0")).toEqual(plain);
    expect(await drawn("knn:0.9:100")).toEqual(plain);
    expect(await drawn("knn:0.9:0")).not.toEqual(plain);
    expect(await drawn("knn:0.9:0")).toEqual(await drawn("knn:0.9:0"));
    await expect(sampleWith(parseSampler("knn"), network, { numSteps: 3, batch: 4, seed: 6 })).rejects.toThrow(
      "knn looks for states in a datastore, got none. Give core:sample or eval:curve --datastore=FOLDER",
    );
    store.close();
  });

  it("is none of a network that is told what it said", () => {
    const own = { ...model, selfConditioning: true };
    expect(() => refuseTold("sample", own)).toThrow("told nothing but its tokens, got one that is told what it said");
    refuseTold("sample", model);
  });
});

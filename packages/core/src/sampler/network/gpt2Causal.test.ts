/** @file A partner of GPT-2's shape: its answers, and the law of what it verifies. */
import { describe, expect, it } from "vitest";
import type { TensorMap } from "../../base/tensor.js";
import { int32 } from "../../base/tensor.js";
import { openEngine } from "../../engine/open.js";
import { logitsAt } from "../../model/logits.js";
import { modelParameters } from "../../model/presets.js";
import { initialise, specsOf } from "../../nn/params.js";
import { exactDenoiser } from "../chain.fixture.js";
import { chiSquared } from "../chiSquared.fixture.js";
import { parseSampler, sampleWith } from "../choose.js";
import { tokenLaw } from "../draws/categorical.js";
import { checkPartner, openPartner, withPartner } from "../partner.js";
import { chain, countsOf, sequences } from "../twoTokens.fixture.js";
import { openGpt2Causal } from "./gpt2Causal.js";

const model = { kind: "gpt2", vocabSize: 2, width: 8, blocks: 1, heads: 2, length: 3 } as const;
/** Far from even: the embedding is the head, too. */
const weights: TensorMap = Object.fromEntries(
  Object.entries(initialise(modelParameters(model), 3)).map(([name, t]) => {
    const data = (t.data as Float32Array).map((x) => (name === "wte.weight" ? 30 * x : x));
    return [name, { ...t, data }];
  }),
);
const engine = await openEngine("reference");
const network = openGpt2Causal(engine, model, weights);

describe("a causal network of GPT-2's shape", () => {
  it("says what the architecture says, with a mask that never occurs beside, whatever stands to the right", async () => {
    const ids = int32([1, 3], [1, 0, 1]);
    const program = await engine.compile(
      ({ ids: row, at, ...params }) => ({ logits: logitsAt(params, model, row as never, at as never) }),
      {
        ...{ name: "plain", state: specsOf(modelParameters(model)) },
        inputs: { ids: { shape: [1, 3], dtype: "int32" }, at: { shape: [2], dtype: "int32" } },
      },
    );
    program.load(weights);
    const plain = (await program.run({ ids, at: int32([2], [0, 1]) })).logits?.data as Float32Array;
    const found = await network.logits(Int32Array.of(1, 0, 1), 1, [1, 0]);
    const wanted = [plain[2], plain[3], Number.NEGATIVE_INFINITY, plain[0], plain[1], Number.NEGATIVE_INFINITY];
    wanted.forEach((x, i) => {
      if (x === Number.NEGATIVE_INFINITY) expect(found[i]).toBe(x);
      else expect(found[i]).toBeCloseTo(x as number, 5);
    });
    const masked = (await network.logits(Int32Array.of(1, 0, 2), 1, [1])).slice();
    expect(masked[0]).toBeCloseTo(plain[2] as number, 5);
  });

  it("verifies drafts to its own law exactly, and is taken for a causal partner", async () => {
    checkPartner("speculative", "causal", { path: "gpt2", model, sharesTokenizer: true });
    const batch = 4000;
    const denoiser = withPartner(exactDenoiser(chain), openPartner(engine, { model, tensors: weights }, 0));
    const { ids } = await sampleWith(parseSampler("speculative"), denoiser, { numSteps: 1, batch, seed: 4 });
    const law = await Promise.all(
      sequences.map(async ([a = 0, b = 0, c = 0]) => {
        const logits = (await network.logits(Int32Array.of(a, b, c), 1, [0, 1])).slice();
        const next = [0, 1].map((k) => tokenLaw(logits, 3 * k, 3));
        return (chain.first[a] as number) * (next[0]?.[b] as number) * (next[1]?.[c] as number);
      }),
    );
    const { statistic, limit } = chiSquared(countsOf(ids), law);
    expect(statistic).toBeLessThan(limit);
    const even = chiSquared(countsOf(ids), Array(8).fill(1 / 8));
    expect(even.statistic).toBeGreaterThan(even.limit);
  });
});

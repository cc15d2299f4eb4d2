import { type RandomStream, randomStream } from "@sdtt/core/base";
import { substepTimes, unmaskProbability } from "@sdtt/core/diffusion";
import { type Denoiser, drawToken } from "@sdtt/core/sampler";
import { describe, expect, it } from "vitest";
import { sdttTargets, sharedDraw, type TargetOptions } from "./targets.js";

const V = 5;
const maskId = V - 1;
const length = 6;
const options = { dt: 0.2, substeps: 2, grid: "paper" } as const;

/** Logits that depend on every token of the row, on the position and on nothing else. */
function rowLogits(row: Int32Array, j: number): number[] {
  return Array.from(
    { length: V },
    (_, v) => 2 * Math.sin(row.reduce((sum, x, k) => sum + (x + 1.3) * (k + 2.7) * (v + 1), j * 5.1)),
  );
}

function teacher(): Denoiser & { rows: number; positions: number } {
  return {
    ...{ vocabSize: V, maskId, length, rows: 0, positions: 0, dispose() {} },
    async logits(xt, rows, positions) {
      this.rows += rows;
      this.positions += positions.length;
      const rowOf = (i: number) => xt.subarray(i - (i % length), i - (i % length) + length);
      return Float32Array.from(positions.flatMap((i) => rowLogits(rowOf(i), i % length)));
    },
  };
}

/** A stream that counts what is drawn from it. */
function counted(stream: RandomStream): RandomStream & { drawn: number } {
  return {
    ...stream,
    drawn: 0,
    uniform() {
      this.drawn++;
      return stream.uniform();
    },
    uniforms(n) {
      this.drawn += n;
      return stream.uniforms(n);
    },
  };
}

/** The definition, with nothing left out: every substep on all rows and positions, the last one's draw made as well. */
async function reference(xt: Int32Array, t: Float64Array, o: TargetOptions, random: RandomStream): Promise<number[][]> {
  const current = xt.slice();
  const everywhere = [...xt.keys()];
  const targets: number[][] = everywhere.map(() => []);
  for (let step = 0; step < o.substeps; step++) {
    const logits = await teacher().logits(current, t.length, everywhere);
    const revealed = everywhere.filter(() => false);
    for (const [row, start] of t.entries()) {
      const at = substepTimes(o.grid, start, o.dt, o.substeps)[step] as number;
      const masked = everywhere.filter((i) => Math.floor(i / length) === row && current[i] === maskId);
      const probability = unmaskProbability(at - o.dt, at);
      const draws = probability < 1 ? random.uniforms(masked.length) : new Float64Array(masked.length);
      revealed.push(...masked.filter((_, k) => (draws[k] as number) < probability));
    }
    for (const i of everywhere) if (current[i] === maskId) targets[i] = [...logits.subarray(i * V, i * V + V)];
    for (const i of revealed) current[i] = drawToken(logits, i * V, V, random.uniform());
  }
  return everywhere.filter((i) => xt[i] === maskId).map((i) => targets[i] as number[]);
}

function noised(seed: number, rows: number): { xt: Int32Array; t: Float64Array } {
  const random = randomStream(seed, "rows");
  const t = Float64Array.from({ length: rows }, () => random.uniform());
  const xt = Int32Array.from({ length: rows * length }, (_, i) =>
    random.uniform() < (t[Math.floor(i / length)] as number) ? maskId : random.integer(maskId),
  );
  return { xt, t };
}

describe("sdttTargets", () => {
  const cases = ([2, 3, 4] as const).flatMap((substeps) =>
    (["paper", "published-code"] as const).flatMap((grid) => [0.01, 0.1, 0.3].map((dt) => ({ dt, substeps, grid }))),
  );
  it.each(cases)("equals the definition with nothing left out: $substeps of $dt on the $grid grid", async (o) => {
    for (let seed = 0; seed < 10; seed++) {
      const { xt, t } = noised(seed, 5);
      const { positions, logits } = await sdttTargets(teacher(), xt, t, o, sharedDraw(randomStream(seed, "draws")));
      expect(positions).toEqual([...xt.keys()].filter((i) => xt[i] === maskId));
      const expected = await reference(xt, t, o, randomStream(seed, "draws"));
      expect(positions.map((_, i) => [...logits.subarray(i * V, i * V + V)])).toEqual(expected);
    }
  });

  it("never makes the draw of the last substep", async () => {
    const { xt, t } = noised(1, 5);
    const random = counted(randomStream(2));
    const { positions, revealed } = await sdttTargets(teacher(), xt, t, { ...options, dt: 0.05 }, sharedDraw(random));
    const certain = positions.filter((i) => (t[Math.floor(i / length)] as number) <= 0.05).length;
    expect(random.drawn).toBe(positions.length - certain + (revealed[0] as number));
  });

  it("asks the network about every masked position once, and only about rows where a substep reveals", async () => {
    const { xt, t } = noised(3, 5);
    const network = teacher();
    const { positions } = await sdttTargets(
      network,
      xt,
      t,
      { ...options, dt: 0.01, substeps: 4 },
      sharedDraw(randomStream(3)),
    );
    expect(network.positions).toBe(positions.length);
    expect(network.rows).toBeLessThan(4 * 5);
  });

  it("gives the teacher's own prediction at xt where the first substep reveals everything", async () => {
    const { xt } = noised(4, 3);
    const t = Float64Array.of(0.3, 0.5, 0.9);
    const { positions, logits } = await sdttTargets(
      teacher(),
      xt,
      t,
      { ...options, dt: 1 },
      sharedDraw(randomStream(1)),
    );
    expect(logits).toEqual(await teacher().logits(xt, 3, positions));
  });

  it("leaves xt as it was and gives nothing where nothing is masked", async () => {
    const { xt, t } = noised(5, 2);
    const before = xt.slice();
    await sdttTargets(teacher(), xt, t, options, sharedDraw(randomStream(1)));
    expect(xt).toEqual(before);
    const clean = new Int32Array(length);
    const none = await sdttTargets(teacher(), clean, Float64Array.of(0.5), options, sharedDraw(randomStream(1)));
    expect([none.positions, none.logits]).toEqual([[], new Float32Array(0)]);
  });

  it("gives a row other targets under other draws: the first substep is random", async () => {
    const xt = new Int32Array(length).fill(maskId);
    const made = async (seed: number) =>
      (await sdttTargets(teacher(), xt, Float64Array.of(0.9), { ...options, dt: 0.4 }, sharedDraw(randomStream(seed))))
        .logits;
    expect(await made(1)).toEqual(await made(1));
    expect(await made(1)).not.toEqual(await made(2));
  });
});

/**
 * @file What distribution matching asks before an update: a step of the student's, and what student, critic and teacher say of it.
 *
 * The student is asked under the noise and the dropout of its own update, so that what is drawn is of the law whose gradient is taken.
 */
import { float32, int32, type RandomStream, type Tensor, type TensorMap } from "@sdtt/core/base";
import { hiddenOf, maskedPositions, subsLogProbs } from "@sdtt/core/diffusion";
import type { TensorFunction } from "@sdtt/core/engine";
import { logitsAt, logitsOf, type ModelConfig, type NoiseInput } from "@sdtt/core/model";
import { capacityFor, criticOf, groupOf, padPositions } from "@sdtt/core/optim";
import { drawToken, logSumExp } from "@sdtt/core/sampler";
import * as tf from "@tensorflow/tfjs-core";
import type { LiveStudent } from "../../training/liveStudent.js";
import type { Part } from "../../training/task.js";
import type { Noised } from "../noised.js";
import type { NoisyTeacher } from "../noisyTeacher.js";
import { isTold } from "./untold.js";

/** Of each position its own: what a row is told as a whole saves little on long rows (docs/beyond-sdtt.md). */
export const matchingNoise: NoiseInput = { law: "gaussian", size: 16 };

/**
 * What student and critic are held against.
 *
 * Shapes   student, critic, teacher: logits [N, V] · open [N, 1]: 1 where zs is masked → gap, shares [N, V] · heights [N], of which h is a row's sum
 */
export const held: TensorFunction = ({ student, critic, teacher, open }) => {
  const [own, f, frozen] = [student, critic, teacher].map((logits) => subsLogProbs(logits as tf.Tensor));
  const law = tf.exp(own as tf.Tensor);
  const gap = tf.mul(tf.sub(f as tf.Tensor, frozen as tf.Tensor), open as tf.Tensor);
  const shares = tf.mul(tf.add(law, tf.exp(frozen as tf.Tensor)), open as tf.Tensor);
  return { gap, shares, heights: tf.sum(tf.mul(law, gap), -1) };
};

/** What a row begins with, made when it is first asked about. */
function byRow<T>(make: (row: number) => T): (row: number) => T {
  const known = new Map<number, T>();
  return (row) => {
    const found = known.get(row) ?? make(row);
    known.set(row, found);
    return found;
  };
}

/** What a position of zt became in zs: a token and its ln G, or nothing. */
interface Drawn {
  readonly token?: number;
  readonly said: number;
}

/**
 * One ancestral step by the student's law, to a time that is even on what is left of each row's.
 *
 * Shapes   logits [N · V], at the masked positions whose rows are given
 *
 * @param streamOf the draws of a row
 */
export function stepped(
  logits: Float32Array,
  rowOf: readonly number[],
  V: number,
  streamOf: (row: number) => RandomStream,
): Drawn[] {
  const begun = byRow((row) => {
    const random = streamOf(row);
    return { random, share: random.uniform() };
  });
  return rowOf.map((row, k) => {
    const { random, share } = begun(row);
    const [isRevealed, u] = [random.uniform() < share, random.uniform()];
    if (!isRevealed) return { said: 0 };
    const token = drawToken(logits, k * V, V, u);
    return { token, said: (logits[k * V + token] as number) - logSumExp(logits, k * V, V) };
  });
}

/** A part of which only the credits are missing, as they are of the whole batch. */
export interface Look extends Part {
  readonly from: number;
  /** h of each row. */
  readonly heights: readonly number[];
  /** The row of each position that was revealed; −1 of others. [capacity] */
  readonly revealed: Float32Array;
}

/** Shapes   → [capacity, size], zero where nothing is told */
function noiseAt(rowOf: readonly number[], capacity: number, streamOf: (row: number) => RandomStream): Tensor {
  const { size } = matchingNoise;
  const noise = new Float32Array(capacity * size);
  const begun = byRow((row) => {
    const random = streamOf(row);
    return { random, told: isTold(random) };
  });
  rowOf.forEach((row, k) => {
    const { random, told } = begun(row);
    if (told) noise.set(random.normals(size), k * size);
  });
  return float32([capacity, size], noise);
}

/** The networks of an update: the one that learns and its critic are asked as they are. */
export interface Networks {
  readonly model: ModelConfig;
  readonly critic: ModelConfig;
  readonly teacher: NoisyTeacher;
}

/** The student's logits at zt, under the noise and the dropout of its own update. Shapes   → [capacity, V] */
async function saidByStudent({ model }: Networks, live: LiveStudent, inputs: TensorMap): Promise<Tensor> {
  const compute: TensorFunction = ({ ids, positions, noise, kept, ...all }) => {
    const params = groupOf("model", all);
    const given = { ids, positions, noise, ...(kept && { kept }) } as Record<string, tf.Tensor>;
    return { logits: logitsOf(params, model, hiddenOf(model)(params, given)) };
  };
  return (await live.run(`G${shapesOf(inputs)}`, inputs, compute)).logits as Tensor;
}

async function saidByCritic({ critic }: Networks, live: LiveStudent, inputs: TensorMap): Promise<Tensor> {
  const compute: TensorFunction = ({ ids, positions, ...all }) => ({
    logits: logitsAt(criticOf(groupOf("model", all)), critic, ids as tf.Tensor, positions as tf.Tensor),
  });
  return (await live.run(`f${shapesOf(inputs)}`, inputs, compute)).logits as Tensor;
}

const shapesOf = (inputs: TensorMap): string => {
  return `[${Object.entries(inputs).map(([name, { shape }]) => `${name} ${shape.join("×")}`)}]`;
};

/** Rows of a batch, and the positions that are masked in zt. */
interface Asked {
  readonly length: number;
  readonly positions: readonly number[];
  readonly rowOf: readonly number[];
  readonly capacity: number;
}

function askedOf({ rows, xt }: Noised, maskId: number): Asked {
  const length = xt.length / (rows.to - rows.from);
  const positions = maskedPositions(xt, maskId);
  const rowOf = positions.map((position) => Math.floor(position / length));
  return { length, positions, rowOf, capacity: capacityFor(positions.length, xt.length) };
}

/** Of each draw a value, and `fill` up to the capacity. */
function padded(draws: readonly Drawn[], capacity: number, of: (draw: Drawn, k: number) => number, fill = 0) {
  const values = new Float32Array(capacity).fill(fill);
  draws.forEach((draw, k) => {
    values[k] = of(draw, k);
  });
  return values;
}

const sumByRow = (values: ArrayLike<number>, { rowOf }: Asked, rows: number): number[] => {
  const sums = Array.from({ length: rows }, () => 0);
  rowOf.forEach((row, k) => {
    sums[row] = (sums[row] as number) + (values[k] as number);
  });
  return sums;
};

/** zt with what was drawn. */
function revealedIn(xt: Int32Array, { positions }: Asked, draws: readonly Drawn[]): Int32Array {
  const zs = xt.slice();
  draws.forEach(({ token }, k) => {
    if (token !== undefined) zs[positions[k] as number] = token;
  });
  return zs;
}

/** All that a part's rows are asked before the update. */
export async function lookAt(
  networks: Networks,
  noised: Noised,
  dropout: TensorMap,
  live: LiveStudent,
  streamOf: (what: string, row: number) => RandomStream,
): Promise<Look> {
  const { rows, xt, masked } = noised;
  const V = networks.model.vocabSize;
  const at = askedOf(noised, V - 1);
  const { positions, rowOf, capacity } = at;
  const own = (what: string) => (row: number) => streamOf(what, rows.from + row);
  const places = int32([capacity], padPositions(positions, capacity, xt.length));
  const shape = [rows.to - rows.from, at.length];
  const given = { ids: int32(shape, xt), positions: places, noise: noiseAt(rowOf, capacity, own("noise")) };
  const student = await saidByStudent(networks, live, { ...given, ...dropout });
  const draws = stepped(student.data as Float32Array, rowOf, V, own("step"));
  const zs = int32(shape, revealedIn(xt, at, draws));
  const critic = await saidByCritic(networks, live, { ids: zs, positions: places });
  const teacher = float32([capacity, V], await networks.teacher.predict(zs.data as Int32Array, positions, {}));
  const open = float32(
    [capacity, 1],
    padded(draws, capacity, ({ token }) => Number(token === undefined)),
  );
  const asked = { student, critic, teacher, open };
  const { gap, shares, heights } = (await live.run(`held[${capacity}]`, asked, held)) as Record<string, Tensor>;
  const inputs = {
    ...{ ...given, stepped: zs, gap: gap as Tensor, shares: shares as Tensor },
    weights: float32(
      [capacity],
      padded(draws, capacity, () => 1 / masked),
    ),
    drawn: int32(
      [capacity],
      padded(draws, capacity, ({ token = 0 }) => token),
    ),
    said: float32(
      [capacity],
      padded(draws, capacity, ({ said }) => said),
    ),
  };
  const revealed = padded(draws, capacity, ({ token }, k) => (token === undefined ? -1 : (rowOf[k] as number)), -1);
  return {
    inputs,
    capacity,
    from: rows.from,
    heights: sumByRow((heights as Tensor).data, at, shape[0] as number),
    revealed,
  };
}

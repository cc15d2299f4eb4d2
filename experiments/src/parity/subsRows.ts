/**
 * @file Log-probabilities of all positions as published, held against ours at the masked ones.
 *
 * A revealed position needs no arithmetic here: it keeps its token. Published rows of such positions are therefore
 * held against that: 0 at the token, −10⁶ elsewhere.
 */
import { float32, type Tensor } from "@sdtt/core/base";
import { maskedOut, maskedPositions, subsLogProbs } from "@sdtt/core/diffusion";
import type { Engine } from "@sdtt/core/engine";
import { roundedLogProbs } from "./published.js";
import { close, maskColumnTolerance, type Row, same } from "./rows.js";

export interface LogProbs {
  /** By `subsLogProbs`, the project's own. [N, V] */
  readonly ours: Float32Array;
  /** By the published float32 arithmetic, for the mask column. [N, V] */
  readonly rounded: Float32Array;
}

/** Both log-probabilities of N rows of logits. */
export async function logProbsOf(engine: Engine, logits: ArrayLike<number>, V: number): Promise<LogProbs> {
  if (logits.length === 0) return { ours: new Float32Array(0), rounded: new Float32Array(0) };
  const inputs = { logits: float32([logits.length / V, V], logits) };
  const fn = ({ logits: x }: Record<string, unknown>) => ({
    ours: subsLogProbs(x as Parameters<typeof subsLogProbs>[0]),
    rounded: roundedLogProbs(x as Parameters<typeof subsLogProbs>[0]),
  });
  const program = await engine.compile(fn, { name: "log-probs", inputs });
  const { ours, rounded } = await program.run(inputs);
  program.dispose();
  return { ours: (ours as Tensor).data as Float32Array, rounded: (rounded as Tensor).data as Float32Array };
}

export interface SubsCase {
  readonly name: string;
  readonly xt: Int32Array;
  /** Ours at the masked positions of xt, in their order. */
  readonly logProbs: LogProbs;
  /** Published, at all positions. [B · L · V] */
  readonly published: ArrayLike<number>;
  readonly tolerance: (magnitude: number) => number;
  /** What stands where a position is revealed: its token with certainty, or nothing. */
  readonly revealed?: "token" | "zero";
}

/** Rows for tokens, mask column and revealed positions of one array of log-probabilities. */
export function subsRows({ name, xt, logProbs, published, tolerance, revealed = "token" }: SubsCase): Row[] {
  const V = published.length / xt.length;
  const at = (position: number, v: number) => published[position * V + v] as number;
  const maskId = V - 1;
  const masked = maskedPositions(xt, maskId);
  const tokenIds = Array.from({ length: maskId }, (_, v) => v);
  const wanted = masked.flatMap((position) => tokenIds.map((v) => at(position, v)));
  const ours = masked.flatMap((_, row) => tokenIds.map((v) => logProbs.ours[row * V + v] as number));
  const peak = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const kept = Array.from(xt.keys()).filter((position) => xt[position] !== maskId);
  const constant = (position: number, v: number) => (v === xt[position] || revealed === "zero" ? 0 : maskedOut);
  const all = [...tokenIds, maskId];
  const given = (of: (position: number, v: number) => number) => kept.flatMap((i) => all.map((v) => of(i, v)));
  return [
    ...(masked.length === 0
      ? []
      : [
          close(`${name}, tokens`, ours, wanted, tolerance(peak)),
          close(
            `${name}, mask column`,
            masked.map((_, row) => logProbs.rounded[row * V + maskId] as number),
            masked.map((position) => at(position, maskId)),
            maskColumnTolerance,
            "float32 emulated",
          ),
        ]),
    ...(kept.length === 0 ? [] : [same(`${name}, revealed positions`, given(constant), given(at))]),
  ];
}

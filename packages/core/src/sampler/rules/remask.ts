/**
 * @file Remasking (ReMDM): a revealed token may be masked again and drawn anew, so that mistakes can be mended.
 *
 * The law of a step from t to s with the remasking chance σ: each revealed token is masked with probability σ; each
 * masked position is revealed with probability (α_s − (1 − σ)α_t)/(1 − α_t), its token drawn from p(x0 | xt), where xt
 * still holds what is being masked. All of it independent. With σ ≤ (1 − α_s)/α_t a token is there at s with probability
 * α_s, as without remasking; with σ = 0 the step is an ancestral one. Given tokens are never masked.
 *
 * Source   arXiv 2503.00307, with its settings of the loop (t_on 0.55, t_off 0.05, α 0.9); differs: a step that straddles a
 * change of phase follows α at both of its ends
 */
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { drawApart } from "../draws/apart.js";
import type { TokenLaw } from "../draws/nucleus.js";
import { revealedPositions } from "../reveal.js";
import type { RowSampler } from "../rowSampler.js";

const remaskNames = ["cap", "rescale", "loop"] as const;
export type RemaskName = (typeof remaskNames)[number];

export interface RemaskStep {
  /** σ: the chance that a revealed token is masked again. */
  readonly remask: number;
  /** The chance that a masked position is revealed. */
  readonly reveal: number;
}

/** Largest σ that leaves room for α_s. */
const mostRemask = (alphaT: number, alphaS: number): number => (alphaT > 0 ? Math.min(1, (1 - alphaS) / alphaT) : 1);

function stepOf(alphaT: number, alphaS: number, remask: number): RemaskStep {
  const reveal = alphaT >= 1 ? 1 : (alphaS - (1 - remask) * alphaT) / (1 - alphaT);
  return { remask, reveal: alphaS >= 1 ? 1 : Math.max(0, Math.min(1, reveal)) };
}

/** α over the share of steps taken, for the loop: up to α_on by t_on, held, and from t_off on to 1. */
const loopTimes = { on: 0.55, off: 0.05, alpha: 0.9 } as const;

function loopAlpha(t: number): number {
  if (t > loopTimes.on) return ((1 - t) * loopTimes.alpha) / (1 - loopTimes.on);
  if (t > loopTimes.off) return loopTimes.alpha;
  return 1 - (t * (1 - loopTimes.alpha)) / loopTimes.off;
}

/**
 * Chances of each step of K even ones from t = 1 to 0, where α_t = 1 − t: revealing must be complete at t = 0.
 *
 * `cap`: σ = min(η, largest) · `rescale`: σ = η · largest · `loop`: no remasking until α is 0.9 at t = 0.55, then σ =
 * min(η, largest) with α held until t = 0.05, then none again.
 */
const rules: Record<RemaskName, (t: number, s: number, eta: number) => RemaskStep> = {
  cap: (t, s, eta) => stepOf(1 - t, 1 - s, Math.min(eta, mostRemask(1 - t, 1 - s))),
  rescale: (t, s, eta) => stepOf(1 - t, 1 - s, eta * mostRemask(1 - t, 1 - s)),
  loop(t, s, eta) {
    const [alphaT, alphaS] = [loopAlpha(t), loopAlpha(s)];
    const isHeld = t <= loopTimes.on + 1e-9 && s >= loopTimes.off - 1e-9;
    return stepOf(alphaT, alphaS, isHeld ? Math.min(eta, mostRemask(alphaT, alphaS)) : 0);
  },
};

/** Shapes   → [K] */
export function remaskSteps(name: RemaskName, eta: number, numSteps: number): RemaskStep[] {
  return Array.from({ length: numSteps }, (_, k) => rules[name](1 - k / numSteps, 1 - (k + 1) / numSteps, eta));
}

/** One row under the steps given. */
function remasking(steps: readonly RemaskStep[], law: TokenLaw, { reveal, draw }: RowStreams): RowSampler {
  return {
    plan({ masked, free }, step) {
      const { remask, reveal: chance } = steps[step - 1] as RemaskStep;
      const hidden = new Set(masked);
      const shown = free.filter((j) => !hidden.has(j));
      const asked = revealedPositions(reveal, masked, chance);
      return { asked, remasked: remask > 0 ? revealedPositions(reveal, shown, remask) : [] };
    },
    tokens: drawApart(law, { draw }),
  };
}

const remdm = (name: RemaskName): Sampler => ({
  name: `remdm-${name}`,
  parameter: { initial: 0.02, above: 0, most: 1 },
  row: (numSteps, law, streams, eta) => remasking(remaskSteps(name, eta, numSteps), law, streams),
});

export const remdmCap = remdm("cap");
export const remdmRescale = remdm("rescale");
export const remdmLoop = remdm("loop");

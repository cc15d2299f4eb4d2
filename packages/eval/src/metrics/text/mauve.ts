/**
 * @file MAUVE: how far two sets of texts are apart, as the area under a curve of divergences between their histograms.
 *
 * Features of all texts are clustered together; p and q are the shares of each set in each cluster. For mixtures
 * r = w·p + (1 − w)·q the curve goes through (exp(−c·KL(q‖r)), exp(−c·KL(p‖r))); MAUVE is the area under it, 1 for
 * equal histograms.
 * Source   arXiv 2102.01454; krishnap25/mauve, compute_mauve.py: c = 5, 25 weights from 1e-6 to 1 − 1e-6, L2 norms, PCA
 *          to 90 % of the variance without whitening, min(n)/10 clusters, the best of 5 starts of k-means. The random
 *          starts are another generator's, so that a figure agrees with theirs on average over seeds (`fixtures/mauve.json`).
 */
import { randomStream, userError } from "@sdtt/core/base";
import { type Estimated, meanWithStderr } from "@sdtt/core/statistics";
import { kmeans } from "ml-kmeans";
import { PCA } from "ml-pca";

const mixtures = Array.from({ length: 25 }, (_, i) => 1e-6 + (i / 24) * (1 - 2e-6));

/** Σ p ln(p/q); infinite where q has no mass and p has. */
export function klDivergence(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, mass, i) => {
    if (mass === 0) return sum;
    return q[i] === 0 ? Number.POSITIVE_INFINITY : sum + mass * Math.log(mass / (q[i] as number));
  }, 0);
}

/** The points of the curve, both ends included. */
export function divergenceCurve(p: readonly number[], q: readonly number[], scaling = 5): [number, number][] {
  const inner = mixtures.map((w): [number, number] => {
    const r = p.map((mass, i) => w * mass + (1 - w) * (q[i] as number));
    return [Math.exp(-scaling * klDivergence(q, r)), Math.exp(-scaling * klDivergence(p, r))];
  });
  return [[1, 0], ...inner, [0, 1]];
}

/** By trapezia, in order of x. */
function areaUnder(points: readonly (readonly [number, number])[]): number {
  const sorted = points.map((point, i) => ({ point, i })).sort((a, b) => a.point[0] - b.point[0] || a.i - b.i);
  let area = 0;
  for (let k = 1; k < sorted.length; k++) {
    const [[x0, y0], [x1, y1]] = [sorted[k - 1], sorted[k]].map((one) => one?.point as [number, number]) as [
      [number, number],
      [number, number],
    ];
    area += ((x1 - x0) * (y0 + y1)) / 2;
  }
  return area;
}

/** MAUVE of two histograms: the area, averaged over both ways to put the points in order. */
export function mauveOfHistograms(p: readonly number[], q: readonly number[], scaling = 5): number {
  const points = divergenceCurve(p, q, scaling);
  return (areaUnder(points) + areaUnder(points.map(([x, y]) => [y, x] as const))) / 2;
}

function normalised(row: ArrayLike<number>): number[] {
  const values = Array.from(row);
  const norm = Math.hypot(...values);
  return norm === 0 ? values : values.map((x) => x / norm);
}

/** The rows on as many principal components as hold over `share` of the variance. */
function reduced(rows: readonly number[][], share: number): number[][] {
  const pca = new PCA(rows as number[][]);
  const cumulated = pca.getCumulativeVariance();
  const found = cumulated.findIndex((variance) => variance >= share);
  const nComponents = (found < 0 ? cumulated.length - 1 : found) + 1;
  return pca.predict(rows as number[][], { nComponents }).to2DArray();
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}

export interface MauveOptions {
  readonly seed: number;
  /** Default: a tenth of the smaller set, at least 2. */
  readonly clusters?: number;
  readonly scaling?: number;
  /** Starts of k-means, of which the best is taken. */
  readonly starts?: number;
}

const fewest = 20;

/** Clusters of all rows: the start with the smallest sum of squared distances. */
function clustersOf(rows: readonly number[][], count: number, seed: number, starts: number): readonly number[] {
  let best: { cost: number; clusters: readonly number[] } | undefined;
  for (let start = 0; start < starts; start++) {
    const order = randomStream(seed, "mauve", start).permutation(rows.length);
    const initialization = Array.from(order.subarray(0, count), (i) => rows[i] as number[]);
    const { clusters, centroids } = kmeans(rows as number[][], count, { initialization, maxIterations: 500 });
    const cost = rows.reduce(
      (sum, row, i) => sum + squaredDistance(row, centroids[clusters[i] as number] as number[]),
      0,
    );
    if (!best || cost < best.cost) best = { cost, clusters };
  }
  return best?.clusters ?? [];
}

const share = (clusters: readonly number[], count: number): number[] => {
  const counts = Array<number>(count).fill(0);
  for (const cluster of clusters) counts[cluster] = (counts[cluster] as number) + 1;
  return counts.map((n) => n / clusters.length);
};

/**
 * Histograms of two sets of features over common clusters.
 *
 * Throws   UserError for fewer than 20 texts in either: k-means has nothing to find then
 */
export function histogramsOf(
  ours: readonly ArrayLike<number>[],
  theirs: readonly ArrayLike<number>[],
  options: MauveOptions,
) {
  const smaller = Math.min(ours.length, theirs.length);
  if (smaller < fewest)
    throw userError("mauve", `there must be ${fewest} texts or more of each`, smaller, "Sample more.");
  const { seed, clusters = Math.max(2, Math.round(smaller / 10)), starts = 5 } = options;
  const rows = reduced([...ours, ...theirs].map(normalised), 0.9);
  const found = clustersOf(rows, clusters, seed, starts);
  return { ours: share(found.slice(0, ours.length), clusters), theirs: share(found.slice(ours.length), clusters) };
}

/** MAUVE of two sets of features, the mean over seeds of the clustering with its standard error over them. */
export function mauve(
  ours: readonly ArrayLike<number>[],
  theirs: readonly ArrayLike<number>[],
  { seeds, ...options }: Omit<MauveOptions, "seed"> & { readonly seeds: readonly number[] },
): Estimated {
  const values = seeds.map((seed) => {
    const histograms = histogramsOf(ours, theirs, { ...options, seed });
    return mauveOfHistograms(histograms.theirs, histograms.ours, options.scaling);
  });
  return meanWithStderr(values);
}

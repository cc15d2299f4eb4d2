/**
 * @file What figures of continuations are: MAUVE against held-out text, and self-BLEU across the continuations of a prompt.
 */
import type { FigureDeclaration } from "../contract.js";

export const continuationFigures: readonly FigureDeclaration[] = [
  {
    name: "mauve",
    version: 1,
    what: "area under the divergence curve of clustered features of continuations and held-out text",
    unit: "MAUVE",
    scale: "linear",
    better: "higher",
    errorOver: "clusterings",
    dependsOnN: true,
  },
  {
    name: "self-bleu-continuations",
    version: 1,
    what: "self-BLEU among the continuations of one prompt, mean over prompts",
    unit: "BLEU",
    scale: "linear",
    better: "none",
    errorOver: "samples",
  },
];

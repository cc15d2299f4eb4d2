/**
 * @file What the field's systems are called and claim, by the sampler that is one: the words of the table. A sampler without words stands in it
 * under its own name.
 */
interface Words {
  readonly name: string;
  readonly claim: string;
}

const words: Readonly<Record<string, Words>> = {
  ancestral: { name: "SDTT (2410.21035), five rounds", claim: "better than its teacher at equal steps" },
  spaced: { name: "DUS (2506.19037)", claim: "better text at equal steps, no training" },
  energy: { name: "EDLM (2410.21357)", claim: "as good in 1.3 times less time" },
  seeded: { name: "ARLON (2410.20502)", claim: "between AR and diffusion in text and time" },
  sliding: { name: "COrAL (2410.09675)", claim: "quality from a window, and from looking again" },
  "remdm-cap": { name: "ReMDM (2503.00307)", claim: "better where steps are many" },
  threshold: { name: "CALM (2207.07061)", claim: "fewer evaluations at a bounded loss" },
  verified: { name: "LANTERN (2410.03355)", claim: "faster, near the teacher's law" },
  speculative: { name: "speculative (2211.17192)", claim: "AR's law in fewer passes" },
  knn: { name: "kNN-LM (2109.04212)", claim: "a lower bound at equal time" },
};

/** With guidance behind a sampler. */
const guided: Words = {
  name: "guidance by the row itself (2207.12598)",
  claim: "better text at equal steps, no training",
};

/** Another student's first steps. */
const staged: Words = {
  name: "multi-decoder (2312.09181), two students",
  claim: "ends what large steps cost at small ones",
};

/** Of "energy:2:1:1, with a334cf8c": the words of `energy`. */
export function wordsOf(sampler: string): Words | undefined {
  if (sampler.includes(", first ")) return staged;
  if (sampler.includes("+guided")) return guided;
  return words[/^[a-z0-9-]+/.exec(sampler)?.[0] ?? ""];
}

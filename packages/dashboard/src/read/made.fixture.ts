/**
 * @file Figures whose gains are known: a teacher at two temperatures, and students between its entropies.
 */
import type { Store } from "@sdtt/core/store";

export interface Making {
  /** The students' gen-PPL at 8 steps, at entropy 4.5; their teacher's there is 141.4. */
  readonly student: number;
  readonly seeds: readonly number[];
  readonly createdAt: string;
  /** Left out: 1. */
  readonly round?: number;
  /** Of the teacher: 200 at entropy 5 at temperature 1, 100 at 4 at any other. */
  readonly temperatures?: readonly number[];
}

const run = {
  ...({ stage: "round", experiment: "made", teacherHash: "teacher", config: {}, configHash: "c" } as const),
  ...{ commit: "0123456789abcdef", dirty: false, engine: "", machine: "", command: "" },
};

const evaluation = {
  ...({ weights: "ema", metric: "gen-ppl", definition: "gen-ppl@1", referenceHash: "j", dtype: "float32" } as const),
  ...{ entropyStderr: 0.005, n: 256 },
};

/** At 8 and 16 steps, where all are half as high. Seeds differ by 0.2 %. */
export function fillMade(
  store: Store,
  { student, seeds, createdAt, round = 1, temperatures = [1, 0.8] }: Making,
): void {
  for (const seed of seeds) {
    const id = `r${seed}${round === 1 ? "" : `-${round}`}`;
    store.startRun({ ...run, id, name: id, round, seed, startedAt: createdAt });
    const hash = `student-${seed}${round === 1 ? "" : `-${round}`}`;
    const made = { hash, runId: id, round, update: 1, teacherHash: "teacher", createdAt };
    store.addCheckpoint({ ...made, weights: "ema", path: "" });
    store.finishRun(id, "done", createdAt);
    for (const steps of [8, 16]) {
      const half = steps / 8;
      const add = (of: number, subjectHash: string, temperature: number, value: number, entropy: number) => {
        const own = { runId: id, subjectHash, round: of, seed, steps, nfe: steps, temperature, createdAt };
        store.saveEvaluation({ ...evaluation, ...own, value, stderr: 0.02 * value, entropy }, [
          { index: 0, seed, text: `round ${of}, seed ${seed}, ${steps} steps` },
        ]);
      };
      for (const temperature of temperatures) {
        const [value, entropy] = temperature === 1 ? ([200, 5] as const) : ([100, 4] as const);
        add(0, "teacher", temperature, value / half, entropy);
      }
      add(round, hash, 1, (student / half) * (1 + 0.002 * seed), 4.5);
    }
  }
}

/**
 * @file A small store for tests: two rounds and a teacher over three seeds, and everything that is awkward to show.
 */
import { type EvaluationRow, openStore, type RunRow, type Store } from "@sdtt/core/store";

export const hostile = '<script>document.title = "owned"</script> \u202eabc\u0007 | pipe';

const run = (id: string, experiment: string, changes: Partial<RunRow> = {}): RunRow => ({
  id,
  name: id,
  experiment,
  stage: "curve",
  round: 0,
  seed: 0,
  config: {},
  configHash: "hash",
  commit: "0123456789abcdef",
  dirty: true,
  engine: "onnx",
  machine: "test",
  command: "eval curve",
  teacherHash: "teacher",
  startedAt: "2026-01-01T00:00:00.000Z",
  ...changes,
});

const evaluation = {
  runId: "demo",
  weights: "ema",
  metric: "gen-ppl",
  definition: "gen-ppl@1",
  referenceHash: "judge-hash-long",
  temperature: 1,
  dtype: "float32",
  n: 256,
} as const;

/** Fixed noise in [−1, 1]. */
const noise = (...key: number[]) => Math.sin(key.reduce((sum, x) => 31.7 * sum + x, 7) * 12.9898);

const stepCounts = [4, 8, 16, 32, 64, 128];

function saveCurve(store: Store, round: number, seed: number): void {
  for (const steps of stepCounts) {
    const value =
      (40 + 600 / (steps * 2 ** (0.9 * round)) ** 0.8) * (1 - 0.04 * round) * (1 + 0.03 * noise(round, seed, steps));
    const entropy = 4.9 - 0.08 * round - 0.15 / steps + 0.02 * noise(seed, steps);
    const subjectHash = round === 0 ? "teacher" : `student-${round}-${seed}`;
    const row = { ...evaluation, subjectHash, round, steps, nfe: steps, seed, value, stderr: value / 40, entropy };
    if (round === 0) saveControl(store, { ...row, entropyStderr: 0.02 });
    if (round === 0 && steps < 32) saveSampler(store, { ...row, entropyStderr: 0.02, wallMs: 200 * steps });
    const texts = ["And it came to pass in those days,", hostile, "the son of Jehoshaphat, the son of Nimshi"];
    store.saveEvaluation(
      { ...row, entropyStderr: 0.02, wallMs: 100 * steps },
      texts.map((text, index) => ({ index, seed, text: `${text} (round ${round}, ${steps} steps)` })),
    );
  }
}

/** The teacher with a temperature of 0.9: a quarter lower, and 0.25 nats sharper. */
function saveControl(store: Store, row: EvaluationRow): void {
  const { value, stderr } = row;
  const sharpened = { value: 0.75 * value, stderr: 0.75 * (stderr ?? 0), entropy: (row.entropy ?? 0) - 0.25 };
  store.saveEvaluation({ ...row, ...sharpened, temperature: 0.9 });
}

/** The teacher with another order, which is a tenth better and takes twice the time. */
function saveSampler(store: Store, row: EvaluationRow): void {
  store.saveEvaluation({ ...row, sampler: "spaced", value: 0.9 * row.value, entropy: (row.entropy ?? 0) - 0.1 });
}

/** Experiments `demo` (complete), `odd` (NaN, infinity, one point) and `empty`, newest first in that order. */
export function seedStore(path: string, rounds = 2): Store {
  const store = openStore(path);
  store.saveExperiment({ name: "demo", question: "Does a student write better in few steps? <b>bold</b>" });
  store.startRun(run("demo", "demo", { startedAt: "2026-01-03T00:00:00.000Z" }));
  for (let round = 0; round <= rounds; round++) for (const seed of [1, 2, 3]) saveCurve(store, round, seed);
  store.startRun(run("text", "demo", { config: { label: "real text" } }));
  store.saveEvaluation({
    ...evaluation,
    runId: "text",
    subjectHash: "text",
    round: 0,
    seed: 0,
    value: 30,
    stderr: 1,
  });

  store.startRun(run("odd", "odd", { startedAt: "2026-01-02T00:00:00.000Z", teacherHash: null }));
  const odd = { ...evaluation, runId: "odd", subjectHash: "odd", round: 1, seed: 1 };
  store.saveEvaluation({ ...odd, steps: 4, value: Number.NaN, entropy: Number.NaN });
  store.saveEvaluation({ ...odd, steps: 8, value: Number.POSITIVE_INFINITY });
  store.saveEvaluation({ ...odd, steps: 16, value: 77 });
  store.startRun(run("empty", "empty", { teacherHash: null }));
  return store;
}

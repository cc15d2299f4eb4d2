/**
 * @file The default experiment's rows, and no others: its rounds' students with the weights that the rounds call so, one
 * teacher, one text, one config.
 *
 * Raw weights beside a student's average, or another run in the same store, are no seeds; where the store cannot tell which
 * of two models is the student, the report is refused.
 */
import { userError } from "@sdtt/core/base";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";

type Reader = StoreReader;

/** Models of rounds that are not the round's student: its raw weights, and checkpoints on the way to it. */
function notStudents(store: Reader): Set<string> {
  const rounds = store.runs({ stage: "round" });
  return new Set(
    rounds.flatMap(({ id, round }) => {
      const student = store.rounds(id).find((one) => one.round === round)?.studentHash;
      if (!student) return [];
      return store.checkpoints({ runId: id }).flatMap(({ hash }) => (hash === student ? [] : [hash]));
    }),
  );
}

/** The store without evaluations of what is no student. */
export function studentsOnly(store: Reader): Reader {
  const left = notStudents(store);
  return { ...store, evaluations: (filter) => store.evaluations(filter).filter((e) => !left.has(e.subjectHash)) };
}

/** Throws   UserError where a round has two models of one seed, or two of anything that one table must have one of */
export function checkOneKind(
  experiment: string,
  labels: readonly { readonly round: number; readonly label: string }[],
  rows: readonly EvaluationRecord[],
): void {
  const where = `report of ${experiment}`;
  const remedy = "Give the others an --experiment of their own, or evaluate them under another --root.";
  const rounds = new Map<number, string[]>();
  for (const { round, label } of labels) rounds.set(round, [...(rounds.get(round) ?? []), label]);
  for (const all of rounds.values()) {
    if (all.length < 2) continue;
    throw userError(
      where,
      "a table must be of one teacher, text, config, weights and precision",
      all.join(" and "),
      remedy,
    );
  }
  const seen = new Map<string, EvaluationRecord>();
  for (const row of rows) {
    const key = `${row.round} ${row.seed} ${row.steps} ${row.temperature}`;
    const known = seen.get(key);
    if (known && known.subjectHash !== row.subjectHash && row.round > 0) {
      const got = `${known.subjectHash.slice(0, 12)} (${known.weights}) and ${row.subjectHash.slice(0, 12)} (${row.weights}) of round ${row.round}, seed ${row.seed}`;
      throw userError(where, "a table must have one model a round and seed", got, remedy);
    }
    seen.set(key, row);
  }
}

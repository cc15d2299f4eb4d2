/**
 * @file The small language that filters runs: `stage:round lr>=1e-3 seed:1,2 -tag:bad "real text"`.
 *
 * Terms stand beside each other and all must hold. A field is one of a run's own, or a key of its config; `:` means
 * equal (for text: contains), a comma gives alternatives, `-` in front turns a term around. What cannot be understood
 * is refused with the term and what is known, and never ignored.
 */
import { userError } from "@sdtt/core/base";

export interface Term {
  readonly isNegated: boolean;
  /** Null: the words are looked for in name, id, experiment and tags. */
  readonly field: string | null;
  readonly operator: ":" | "=" | ">" | ">=" | "<" | "<=";
  readonly values: readonly string[];
}

/** A run's value of a field; undefined where it has none. */
export type Fields = (name: string) => unknown;

const termPattern = /(-?)(?:([A-Za-z_][\w.@-]*)(>=|<=|[:=<>]))?((?:"[^"]*"|[^\s"])*)/y;
const maxLength = 1000;

function refuse(got: string, rule: string): never {
  const remedy = 'Write for example stage:round lr>=0.001 seed:1,2 -tag:bad "two words".';
  throw userError("filter", rule, got, remedy);
}

/** Throws UserError on a text that is not of the language. */
export function parseFilter(text: string): Term[] {
  if (text.length > maxLength)
    refuse(`${text.length} characters`, `a filter must have at most ${maxLength} characters`);
  if ((text.split('"').length - 1) % 2 === 1) refuse(text, "quotation marks must come in pairs");
  const terms: Term[] = [];
  termPattern.lastIndex = 0;
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at] as string)) {
      at++;
      continue;
    }
    termPattern.lastIndex = at;
    const match = termPattern.exec(text);
    const [whole = "", minus, field, operator = ":", raw = ""] = match ?? [];
    const values = raw.replaceAll('"', "").split(field === undefined ? /$^/ : ",");
    if (whole === "" || raw === "") refuse(text.slice(at, at + 30), "each term must have a value");
    terms.push({ isNegated: minus === "-", field: field ?? null, operator: operator as Term["operator"], values });
    at += whole.length;
  }
  return terms;
}

const asNumber = (value: unknown): number =>
  typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
const asText = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toLowerCase();

function isEqual(actual: unknown, wanted: string, isExact: boolean): boolean {
  if (Array.isArray(actual) && actual.some((item) => isEqual(item, wanted, true))) return true;
  if (typeof actual === "number") return actual === asNumber(wanted);
  const [have, want] = [asText(actual), wanted.toLowerCase()];
  return isExact || typeof actual !== "string" ? have === want : have.includes(want);
}

function compares(actual: unknown, operator: Term["operator"], wanted: string): boolean {
  if (operator === ":" || operator === "=") return isEqual(actual, wanted, operator === "=");
  const [a, b] = [asNumber(actual), asNumber(wanted)];
  const isNumeric = !Number.isNaN(a) && !Number.isNaN(b);
  const [left, right] = isNumeric ? [a, b] : [asText(actual), wanted.toLowerCase()];
  if (operator === ">") return left > right;
  if (operator === ">=") return left >= right;
  return operator === "<" ? left < right : left <= right;
}

function holds({ field, operator, values, isNegated }: Term, fields: Fields, text: string): boolean {
  const actual = field === null ? undefined : fields(field);
  const found =
    field === null
      ? text.includes((values[0] ?? "").toLowerCase())
      : actual !== undefined && actual !== null && values.some((value) => compares(actual, operator, value));
  return found !== isNegated;
}

/** Throws UserError when a term names a field that no run has. */
export function checkFields(terms: readonly Term[], known: ReadonlySet<string>): void {
  for (const { field } of terms) {
    if (field === null || known.has(field)) continue;
    const names = [...known].sort().slice(0, 40).join(", ");
    throw userError("filter", "a field must be one that some run has", field, `Known are: ${names}.`);
  }
}

/** Whether all terms hold of a run's fields. */
export function matches(terms: readonly Term[], fields: Fields): boolean {
  if (terms.length === 0) return true;
  const text = ["id", "name", "experiment", "tag"].map((name) => asText(fields(name) ?? "")).join(" ");
  return terms.every((term) => holds(term, fields, text));
}

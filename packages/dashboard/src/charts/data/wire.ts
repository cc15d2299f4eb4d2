/**
 * @file JSON that keeps NaN and infinities, which a perplexity may well be: they travel as `{"$number": "NaN"}`.
 */

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item) =>
    typeof item === "number" && !Number.isFinite(item) ? { $number: String(item) } : item,
  );
}

export function fromJson<T>(text: string): T {
  return JSON.parse(text, (_, item) =>
    typeof item === "object" && item !== null && typeof item.$number === "string" ? Number(item.$number) : item,
  ) as T;
}

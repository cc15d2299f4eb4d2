/**
 * @file ISO 8601 weeks (`2026-W47`): Monday to Sunday in UTC, the week of the year's first Thursday is the first; and the
 * time since which something is new.
 */

const dayMs = 86_400_000;

/** The ISO week that holds `date`. */
export function weekOf(date: Date): string {
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const thursday = new Date(day + (3 - ((date.getUTCDay() + 6) % 7)) * dayMs);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs));
  return `${year}-W${String(week).padStart(2, "0")}`;
}

/** The Monday that begins an ISO week, at midnight UTC; undefined for what is no week. */
export function mondayOf(week: string): Date | undefined {
  const [, year, number] = /^(\d{4})-W(\d{2})$/.exec(week) ?? [];
  if (year === undefined || number === undefined) return undefined;
  const fourth = Date.UTC(Number(year), 0, 4);
  const first = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * dayMs;
  const monday = new Date(first + (Number(number) - 1) * 7 * dayMs);
  return weekOf(monday) === week ? monday : undefined;
}

/** A day or a time as ISO 8601; left out: seven days ago at midnight, so that the answer is the same all day. */
export function sinceOf(since: string | undefined): string {
  const start = since ?? new Date(Date.now() - 7 * dayMs).toISOString().slice(0, 10);
  return new Date(start).toISOString();
}

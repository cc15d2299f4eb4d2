/** @file What either side of a comparison prints. */

/** What one run printed. */
export type Printed = Readonly<Record<string, unknown>>;

export interface Round {
  readonly ours: Printed;
  readonly peer: Printed;
}

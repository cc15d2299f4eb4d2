/**
 * @file The calibration of the table's threshold: one that is made in its root, or the one that ships beside the rows, which were drawn by it.
 */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const file = "calibrated.json";

export const calibrationIn = (root: string): string => join(root, file);

/** Takes the calibration that ships for a root that has none. */
export function takeCalibration(rows: string, root: string): void {
  const [shipped, own] = [join(rows, file), calibrationIn(root)];
  if (existsSync(shipped) && !existsSync(own)) copyFileSync(shipped, own);
}

/** Lays it beside the rows that were drawn by it. */
export function keepCalibration(root: string, rows: string): void {
  const [kept, own] = [join(rows, file), calibrationIn(root)];
  if (existsSync(own)) copyFileSync(own, kept);
}

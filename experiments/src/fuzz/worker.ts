/**
 * @file A process that tries cases one after another and tells its parent of each, before and after; whatever ends it,
 * the parent knows the case.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "@sdtt/core/base";
import { targets } from "./targets.js";

export interface Orders {
  readonly seed: number;
  readonly names: readonly string[];
  readonly from: number;
  readonly folder: string;
  /** Only so many cases; left out, until it is ended. */
  readonly cases?: number;
}

export type Told =
  | { readonly begun: number }
  | { readonly target: string; readonly case: number; readonly outcome: string }
  | { readonly target: string; readonly case: number; readonly fault: string };

/** Case i of all is case ⌊i / targets⌋ of target i mod targets. */
async function work({ seed, names, from, folder, cases = Number.POSITIVE_INFINITY }: Orders): Promise<void> {
  const chosen = targets.filter(({ name }) => names.includes(name));
  const tell = (told: Told) => process.send?.(told);
  mkdirSync(folder, { recursive: true });
  for (let i = from; i < from + cases; i++) {
    const target = chosen[i % chosen.length] as (typeof chosen)[number];
    const number = Math.floor(i / chosen.length);
    tell({ begun: i });
    try {
      const outcome = await target.run(randomStream(seed, "fuzz", target.name, number), join(folder, "case"));
      tell({ target: target.name, case: number, outcome });
    } catch (error) {
      const { name, message, stack } = error as Error;
      tell({ target: target.name, case: number, fault: name === "Fault" ? message : String(stack ?? message) });
    }
  }
}

const write = process.stderr.write.bind(process.stderr);
// What commands say to users of odd sources is not wanted here; crashes are.
process.stderr.write = ((text: string | Uint8Array) =>
  /^corpus /.test(String(text)) ? true : write(text)) as typeof write;

process.once("message", (orders: Orders) => void work(orders).then(() => process.exit(0)));

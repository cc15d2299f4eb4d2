/**
 * @file The table of ratios to a peer: every cell at both sizes in one run, ours and the peer in turn.
 *
 * Long samples take the peer from one minute to half an hour each, so they are cells of their own, one sample a round,
 * and get as many rounds as a limit in minutes allows. A run that is stopped goes on with the next round.
 */
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import type { Options } from "./options.js";
import { compareWithPeer, type Sides } from "./peer.js";
import { type Compared, ratioTable, tableSizes } from "./ratios.js";

type Cell = Pick<Options, "only" | "steps" | "repeats">;

const cellsOf = ({ repeats }: Options): Cell[] => [
  { only: ["mdlm_update", "sdtt_update", "sample", "ar_kv"], steps: [8], repeats },
  { only: ["sample"], steps: [128], repeats: 1 },
  { only: ["sample"], steps: [1024], repeats: 1 },
];

/** `table.md` in `out`, and below it one folder a size and cell with what both sides printed. */
export async function tableWithPeer(o: Options, sides?: Sides, sizes = tableSizes): Promise<string> {
  const tables: string[] = [];
  for (const { size } of sizes) {
    const compared: Compared[] = [];
    for (const cell of cellsOf(o)) {
      const out = join(o.out as string, `width-${size.width}-steps-${cell.steps}`);
      compared.push(await compareWithPeer({ ...o, ...size, ...cell, out }, sides, o.minutes));
    }
    tables.push(ratioTable(...compared));
  }
  const table = tables.join("\n\n");
  writeFileAtomic(join(o.out as string, "table.md"), `${table}\n`);
  return table;
}

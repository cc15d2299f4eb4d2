/**
 * @file A thread of pool.ts: takes a piece, gives its ids, and so on until it is ended.
 */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import { splits } from "../source/split.js";
import { loadTokenizer } from "../tokenizer/tokenizer.js";
import { encodePiece } from "./encodePiece.js";
import type { Piece } from "./pieces.js";
import type { Answer, WorkerData } from "./pool.js";

const { tokenizerFile, options } = workerData as WorkerData;
const tokenizer = loadTokenizer(tokenizerFile);

async function answer(piece: Piece): Promise<void> {
  try {
    const encoded = await encodePiece(piece, tokenizer, options);
    const buffers = splits.map((split) => encoded.splits[split].ids.buffer);
    parentPort?.postMessage({ encoded } satisfies Answer, buffers);
  } catch (error) {
    const isUsers = error instanceof UserError;
    const message = isUsers ? error.message : String((error as Error)?.stack ?? error);
    parentPort?.postMessage({ message, isUsers } satisfies Answer);
  }
}

parentPort?.on("message", (piece: Piece) => void answer(piece));

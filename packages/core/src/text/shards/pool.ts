/**
 * @file Threads that encode pieces; with one, the work is done here.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { type CorpusOptions, type EncodedPiece, encodePiece } from "./encodePiece.js";
import type { Piece } from "./pieces.js";

export interface WorkerData {
  readonly tokenizerFile: string;
  readonly options: CorpusOptions;
}

export type Answer = { readonly encoded: EncodedPiece } | { readonly message: string; readonly isUsers: boolean };

export interface Pool {
  readonly workers: number;
  encode(piece: Piece): Promise<EncodedPiece>;
  close(): Promise<void>;
}

/** Beside this file where it is built; from TypeScript sources no thread can be started. */
const workerFile = join(import.meta.dirname, "tokenizeWorker.js");

/** Whether threads can be started: the worker's file is there. */
const hasWorkers = (): boolean => existsSync(workerFile);

/** Opens `workers` threads, which read the tokenizer from a file of their own accord. */
export function openPool(tokenizer: Tokenizer, data: WorkerData, workers: number): Pool {
  if (workers <= 1 || !hasWorkers()) {
    const encode = (piece: Piece) => encodePiece(piece, tokenizer, data.options);
    return { workers: 1, encode, close: async () => {} };
  }
  const threads = Array.from({ length: workers }, () => new Worker(workerFile, { workerData: data }));
  const failures = new Map<Worker, Error>();
  for (const thread of threads) thread.on("error", (error: Error) => failures.set(thread, error));
  const idle = [...threads];
  const waiting: ((thread: Worker) => void)[] = [];
  const free = (thread: Worker) => {
    const next = waiting.shift();
    if (next) next(thread);
    else idle.push(thread);
  };
  return {
    workers,
    async encode(piece) {
      const thread = idle.pop() ?? (await new Promise<Worker>((resolve) => waiting.push(resolve)));
      try {
        const failure = failures.get(thread);
        if (failure) throw failure;
        return encodedOf(await ask(thread, piece));
      } finally {
        free(thread);
      }
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

function encodedOf(answer: Answer): EncodedPiece {
  if ("encoded" in answer) return answer.encoded;
  throw answer.isUsers ? new UserError(answer.message) : new Error(answer.message);
}

function ask(thread: Worker, piece: Piece): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      thread.off("message", answered).off("error", failed).off("exit", ended);
      act();
    };
    const answered = (answer: Answer) => settle(() => resolve(answer));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number) => settle(() => reject(new Error(`a tokenising thread ended with code ${code}`)));
    thread.on("message", answered).on("error", failed).on("exit", ended);
    thread.postMessage(piece, buffersOf(piece));
  });
}

function buffersOf({ parts }: Piece): ArrayBuffer[] {
  return parts.flatMap((part) => (part.kind === "block" ? [part.block.bytes.buffer] : []));
}

/**
 * @file A reader that has gone, as `| head -1` and a closed pager do, is no fault: what it would have read is dropped in
 * silence, and the command goes on to its end, as it may have more to do than to print.
 */

let gone = false;

/** Whether what is printed has no reader any more: a command that does nothing but print may end. */
export const isReaderGone = (): boolean => gone;

/** Keeps a closed pipe from ending the process with a stack. */
export function heedGoneReaders(streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (stream === process.stdout) gone = true;
    });
  }
}

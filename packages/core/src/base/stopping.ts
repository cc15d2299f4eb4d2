/**
 * @file How a process is asked to stop: once; and again, after a moment.
 */

/** npm and nx pass one Ctrl-C on two or three times within a moment: those count as one. */
const oneRequestMs = 3000;

export interface StopRequests {
  isAsked(): boolean;
  /** The first signal that asked, where one did: the exit code of what is stopped tells of it. */
  signal(): NodeJS.Signals | undefined;
  /** Asks as a signal would. */
  ask(reason: string): void;
  release(): void;
}

/** Hears of `signals`: `first` what asks first, `again` what asks once more after a moment; `by` is a signal or what `ask` was given. */
export function stopRequests(
  first: (by: string) => void,
  again: (by: string) => void,
  signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"],
): StopRequests {
  let askedAt: number | undefined;
  let signal: NodeJS.Signals | undefined;
  const ask = (by: string) => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      first(by);
    } else if (performance.now() - askedAt > oneRequestMs) again(by);
  };
  const hear = (by: NodeJS.Signals) => {
    signal ??= by;
    ask(by);
  };
  for (const name of signals) process.on(name, hear);
  return {
    isAsked: () => askedAt !== undefined,
    signal: () => signal,
    ask,
    release() {
      for (const name of signals) process.off(name, hear);
    },
  };
}

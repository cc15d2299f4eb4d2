/**
 * @file The one shape of an error that a user can mend, and of a stop that a user asked for.
 *
 * A command prints a `UserError` as one line and exits 1; one that was stopped exits as the shell counts signals (130,
 * 143); anything else is a defect, printed with its stack, exit 2.
 */
import { constants } from "node:os";

/** An error caused by input, configuration or the environment; its message says rule, value and remedy. */
export class UserError extends Error {
  override readonly name = "UserError";

  /** A module of a user's own may load another copy of this package, whose errors are of the same kind. */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return thrown instanceof Error && thrown.name === "UserError";
  }
}

/**
 * Builds `<where>: <rule>, got <value>. <What to do>.`
 *
 * @param got the offending value, with where it came from, e.g. `0 (flag --steps)`
 */
export function userError(where: string, rule: string, got: unknown, remedy: string, cause?: unknown): UserError {
  return new UserError(`${where}: ${rule}, got ${String(got)}. ${remedy}`, cause === undefined ? undefined : { cause });
}

/** A stop that a signal asked for, in good order: what there is is saved, and the message says how to go on. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** 128 + the signal's number: 130 for SIGINT, 143 for SIGTERM. */
  readonly exitCode: number;

  constructor(message: string, signal: NodeJS.Signals) {
    super(message);
    this.exitCode = stopCode(signal);
  }
}

/** The exit code of a process that ended because of a signal, as shells give it. */
export const stopCode = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/** The signal that an exit code of a stopped process stands for. */
export function stopSignalOf(exitCode: number | undefined): "SIGINT" | "SIGTERM" | undefined {
  return (["SIGINT", "SIGTERM"] as const).find((signal) => exitCode === stopCode(signal));
}

/**
 * @file The one shape of an error that a user can mend.
 *
 * A command prints a `UserError` as one line and exits 1; anything else is a defect, printed with its stack, exit 2.
 */

/** An error caused by input, configuration or the environment; its message says rule, value and remedy. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/**
 * Builds `<where>: <rule>, got <value>. <What to do>.`
 *
 * @param got the offending value, with where it came from, e.g. `0 (flag --steps)`
 */
export function userError(where: string, rule: string, got: unknown, remedy: string, cause?: unknown): UserError {
  return new UserError(`${where}: ${rule}, got ${String(got)}. ${remedy}`, cause === undefined ? undefined : { cause });
}

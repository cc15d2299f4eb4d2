/** @file Configurations and command lines for others to read: without the places of the machine that they are of. */

/** Places on the machine that trained it say nothing to a reader. */
export function withoutPlaces(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isPlace = (value: unknown) => typeof value === "string" && /^([./~]|[A-Z]:\\)/.test(value);
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !isPlace(value)));
}

/** A command line without the options that name places. */
export const commandWithoutPlaces = (command: string): string =>
  command
    .split(" ")
    .filter((word) => !/^--[\w-]+=([./~]|[A-Z]:\\)/.test(word))
    .join(" ");

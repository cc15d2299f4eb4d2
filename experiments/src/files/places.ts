/** @file Configurations and command lines for others to read: without the places of the machine that they are of. */

/** Of a value within another, as in `threshold:calibrated=/where/it/lay/calibrated.json`, its last name stays. */
const withoutFolders = (text: string): string => text.replace(/(:\w+=)(?:[./~]|[A-Z]:\\)\S*[/\\]/g, "$1");

/** Places on the machine that trained it say nothing to a reader. */
export function withoutPlaces(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isPlace = (value: unknown) => typeof value === "string" && /^([./~]|[A-Z]:\\)/.test(value);
  const kept = Object.entries(config).filter(([, value]) => !isPlace(value));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, typeof value === "string" ? withoutFolders(value) : value]),
  );
}

/** A command line without the options that name places. */
export const commandWithoutPlaces = (command: string): string =>
  command
    .split(" ")
    .filter((word) => !/^--[\w-]+=([./~]|[A-Z]:\\)/.test(word))
    .map(withoutFolders)
    .join(" ");
